/**
 * `wasmcast apply` of 200 bindings against `kubectl apply --server-side` of the very same WasmPlugins, on a real cluster:
 * wall time of the whole processes, what each asks of the API server, and what an apply with nothing to do costs. Goals:
 * not slower, about one request an object, and with nothing to do no write and at most one list of a kind.
 *
 * WASMCAST_MESH names a testbed cluster to use and to leave up; without it one is started, and stopped at the end.
 */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import process from 'node:process';
import { clusterDown, clusterUp, isWrite, versions } from '@wasmcast/testbed';
import { Applies } from './applies.ts';
import { createWorkloads, deleteWorkloads, writeFleet } from './batch.ts';
import { commandOf } from './command.ts';
import { installWasmcast } from './installed.ts';
import { noOpFaults, requestsText } from './requests.ts';
import { type Comparison, type Side, compare, spreadText } from './rounds.ts';

const size = { workloads: 200, namespaces: 4 };
const rounds = { rounds: 5, runs: 2 };
const goal = 1;
const filter = path.resolve(import.meta.dirname, '../examples/filters/add-header');
const say = (line: string): void => void process.stdout.write(`${line}\n`);

await using stack = new AsyncDisposableStack();
say('starting the cluster, packing and installing wasmcast ...');
const kept = process.env['WASMCAST_MESH'];
const cluster = await clusterUp({ name: kept ?? 'bench', emit: () => undefined });
if (kept === undefined) stack.defer(() => clusterDown({ name: 'bench', emit: () => undefined }));
const client = stack.use(await cluster.client());
const folder = await mkdtemp(path.join(os.tmpdir(), 'wasmcast-bench-'));
stack.defer(() => rm(folder, { recursive: true, force: true }));

const bin = await installWasmcast(folder);
const wasmcast = await commandOf(cluster, folder, 'bench-wasmcast', [process.execPath, bin]);
// Its discovery cache is in the folder: empty in the run that does not count, full in the others.
const kubectl = await commandOf(cluster, folder, 'bench-kubectl', ['kubectl', '--cache-dir', 'kubectl']);

say(`making ${size.workloads} Deployments without a pod, and the image of a filter ...`);
await createWorkloads(cluster, client, size);
stack.defer(() => deleteWorkloads(client, size));
await wasmcast.run('build', filter, '--out', 'filter.wasm');
const image = await wasmcast.run('push', `${cluster.registry.push}/bench/add-header:1`, 'filter.wasm');
await writeFleet(folder, size, image.trim());
const objects = await wasmcast.run('render');
await writeFile(path.join(folder, 'objects.yaml'), objects);

const ours = { name: 'wasmcast apply', by: wasmcast, apply: () => wasmcast.run('apply') };
const theirs = {
  name: 'kubectl apply --server-side',
  by: kubectl,
  apply: () => kubectl.run('apply', '--server-side', '-f', 'objects.yaml'),
};
const removeAll = async (): Promise<void> => {
  await wasmcast.run('remove');
  await kubectl.run('delete', 'wasmplugins', '--all', '--all-namespaces');
};
const applies = new Applies(cluster, removeAll);
stack.defer(removeAll);

const count = objects.split('kind: WasmPlugin').length - 1;
say(`\n${count} WasmPlugins in ${size.namespaces} namespaces, one binding each; every run is a whole process, from its start
to its end. wasmcast, as it is published, reads the manifest, pulls and checks the module, runs it with its configuration,
reads the cluster, plans, takes the lock, writes, verifies, and records a revision; kubectl reads a file and writes.
What is removed between the runs is not timed.
${os.availableParallelism()} cores; Kubernetes ${versions.kubernetes}, Istio ${versions.istio}, Node ${process.version},
kubectl ${clientVersion(await kubectl.run('version', '--client', '-o', 'json'))}; API server, etcd, Istio and both sides on one machine.\n`);

const faults: string[] = [];

say('to a cluster without any of it');
const first = await measure(applies.anew(ours), applies.anew(theirs));
if (first.ratio.median > goal) faults.push(`it is slower: ${spreadText(first.ratio, 2)}`);

say('\nagain, with nothing to do');
await measure(applies.again(ours), applies.again(theirs));
faults.push(...noOpFaults(applies.lastRequests(ours)));

for (const fault of faults) say(`FAULT: ${fault}`);
if (faults.length > 0) process.exitCode = 1;

async function measure(a: Side, b: Side): Promise<Comparison> {
  const result = await compare(a, b, rounds, (round, ratio) => say(`round ${round}: ${ratio.toFixed(2)}`));
  const width = Math.max(a.name.length, b.name.length);
  for (const [side, times] of [
    [ours, result.a],
    [theirs, result.b],
  ] as const) {
    const requests = applies.lastRequests(side);
    const written = requests.filter(isWrite).length;
    say(`${side.name.padEnd(width)}  ${spreadText(times, 0)} ms`);
    say(
      `${' '.repeat(width)}  ${requests.length} requests, of them ${written} writes: ${requestsText(requests)}`,
    );
  }
  say(`${'ratio'.padEnd(width)}  ${spreadText(result.ratio, 2)}`);
  return result;
}

function clientVersion(json: string): string {
  return (JSON.parse(json) as { clientVersion: { gitVersion: string } }).clientVersion.gitVersion;
}
