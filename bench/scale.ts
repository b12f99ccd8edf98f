/**
 * A fleet of three filters for 100, 1,000 and 3,000 workloads on a real API server: what plan, apply and verify take, against
 * `kubectl apply --server-side`, helm and a bare loop of writes of the very same objects. kwok plays the pods; a stub kubelet
 * answers for their sidecars. `WASMCAST_SCALE=60` (workloads, comma separated) measures other sizes, `WASMCAST_SCALE_ROUNDS`
 * more or less often.
 */
import { execFile } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import process from 'node:process';
import { promisify } from 'node:util';
import { versions } from '@wasmcast/testbed';
import { startBed } from './scale/bed.ts';
import { goals, missed, scalePage, type Figures } from './scale/page.ts';
import { measureReading, type Reading } from './scale/reading.ts';
import { measureWriting, type Writing } from './scale/writing.ts';

const sizes = (process.env['WASMCAST_SCALE'] ?? '100,1000,3000').split(',').map(Number);
const rounds = Number(process.env['WASMCAST_SCALE_ROUNDS'] ?? 5);
/** What takes minutes is not repeated as often. */
const largest = 1000;
const helmSize = 1000;

const say = (line: string): void => void process.stdout.write(`${line}\n`);
await using bed = await startBed(say);
const writing: Writing[] = [];
const reading: Reading[] = [];
for (const workloads of sizes) {
  const size = { workloads, namespaces: 50 };
  const effort = { rounds: workloads > largest ? 1 : rounds, helm: workloads === helmSize ? 1 : 0 };
  writing.push(await measureWriting(bed, size, effort, say));
  const replicas = workloads < largest ? [3] : workloads > largest ? [1] : [1, 3];
  const times = workloads > largest ? 1 : Math.min(rounds, 3);
  reading.push(...(await measureReading(bed, size, replicas, times, say)));
}
const kubectl = JSON.parse((await bed.kubectl.run('version', '--client', '-o', 'json')).stdout) as {
  readonly clientVersion: { readonly gitVersion: string };
};
const figures: Figures = {
  writing,
  reading,
  conditions: {
    cores: os.availableParallelism(),
    node: process.version,
    kubernetes: versions.kubernetes,
    etcd: versions.etcd,
    kubectl: kubectl.clientVersion.gitVersion,
    ...bed.versions,
  },
};
const page = scalePage(figures);
say(`\n${page}`);
for (const goal of missed(goals(figures))) say(`MISSED: ${goal}`);
if (process.argv.includes('--write')) {
  const file = path.resolve(import.meta.dirname, '../docs/scale.md');
  await writeFile(file, page);
  await promisify(execFile)('npx', ['oxfmt', file]);
  say(`written: ${file}`);
}
