import { parseArgs } from 'node:util';
import { exitCodes, WasmcastError } from '@wasmcast/core';
import { ensureClusterComponents } from './cache/components.ts';
import { clusterStatus } from './cluster/cluster.ts';
import type { ClusterInfo } from './cluster/cluster.ts';
import { clusterDown, clusterUp } from './cluster/up-down.ts';
import { stderrSink } from './events.ts';
import { namespaceObject, workloadObject } from './workload/workload.ts';

const usage = `usage: npm run testbed -- up | down | status | build  [--name NAME] [-o json]
       npm run -s testbed -- workload NAMESPACE/NAME [KEY=VALUE ...] | kubectl apply -f -

  up      starts the cluster of that name (default: default), building it the first time; says how to reach it
  down    stops it and removes everything of it but its logs
  status  says how it is; ends with 1 when it is not up
  build   only builds what a cluster is made of
  workload  prints a service that echoes requests, with these labels, in a namespace whose pods get sidecars
`;

async function main(args: readonly string[], signal: AbortSignal): Promise<number> {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      name: { type: 'string', default: 'default' },
      output: { type: 'string', short: 'o', default: 'text' },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
  const { name, output } = values;
  const [command] = positionals;
  if (values.help) {
    process.stdout.write(usage);
    return exitCodes.ok;
  }
  if (command === 'workload') return await printWorkload(name, positionals.slice(1));
  if (positionals.length !== 1 || (output !== 'text' && output !== 'json')) return wrongUsage();
  const options = { name, signal, emit: stderrSink };
  const say = (answer: unknown, lines: readonly string[]): void => {
    const text = output === 'json' ? JSON.stringify(answer, undefined, 2) : lines.join('\n');
    process.stdout.write(`${text}\n`);
  };
  switch (command) {
    case 'up': {
      await clusterUp(options);
      const status = await clusterStatus(name);
      say(status, status.phase === 'down' ? [`${name} is down`] : describe(status.cluster));
      return exitCodes.ok;
    }
    case 'down':
      await clusterDown(options);
      say({ phase: 'down', name }, [`${name} is down`]);
      return exitCodes.ok;
    case 'status': {
      const status = await clusterStatus(name);
      const details = status.phase === 'down' ? [] : describe(status.cluster);
      const ended = status.phase === 'degraded' ? [`ended: ${status.ended.join(' ')}`] : [];
      say(status, [`${name} is ${status.phase}`, ...ended, ...details]);
      return status.phase === 'up' ? exitCodes.ok : exitCodes.failed;
    }
    case 'build':
      say(await ensureClusterComponents(options), ['everything is built']);
      return exitCodes.ok;
    case undefined:
    default:
      return wrongUsage();
  }
}

/** A Deployment of two echoing pods and its namespace, as one List for kubectl. */
async function printWorkload(name: string, [where = '', ...labels]: readonly string[]): Promise<number> {
  const [namespace, workload] = where.split('/');
  const status = await clusterStatus(name);
  if (!namespace || !workload || !labels.every((label) => /^[^=]+=[^=]+$/.test(label))) return wrongUsage();
  if (status.phase === 'down') {
    process.stderr.write(`${name} is down; start it: npm run testbed -- up\n`);
    return exitCodes.unreachable;
  }
  const pairs = labels.map((label) => label.split('=') as [string, string]);
  const spec = {
    namespace,
    name: workload,
    replicas: 2,
    ...(pairs.length > 0 && { labels: Object.fromEntries(pairs) }),
  };
  const items = [namespaceObject(namespace), workloadObject(status.cluster, spec)];
  process.stdout.write(`${JSON.stringify({ apiVersion: 'v1', kind: 'List', items }, undefined, 2)}\n`);
  return exitCodes.ok;
}

function wrongUsage(): number {
  process.stderr.write(usage);
  return exitCodes.usage;
}

function describe(cluster: ClusterInfo): readonly string[] {
  return [
    `kubeconfig  ${cluster.kubeconfig}`,
    `API server  ${cluster.server}`,
    `registry    ${cluster.registry.push} (plain HTTP; from here and from pods)`,
    `pods        ${cluster.podSubnet}, istiod at ${cluster.istiod.address}`,
    `image       ${cluster.images.proxy}`,
    `audit log   ${cluster.auditLog}`,
    `logs        ${cluster.logs}`,
  ];
}

const interrupt = new AbortController();
for (const name of ['SIGINT', 'SIGTERM'] as const) {
  process.once(name, () =>
    interrupt.abort(new WasmcastError('WC-BED-014', 'interrupted', { exit: 'interrupted' })),
  );
}
try {
  process.exitCode = await main(process.argv.slice(2), interrupt.signal);
} catch (error) {
  const known = error instanceof WasmcastError;
  const text =
    error instanceof Error ? (known ? `${error.code}: ${error.message}` : error.stack) : String(error);
  const help = known && error.help !== undefined ? `\n${error.help}` : '';
  process.stderr.write(`testbed: ${text}${help}\n`);
  process.exitCode = known ? exitCodes[error.exit] : exitCodes.failed;
}
