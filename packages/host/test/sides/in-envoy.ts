import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { request as httpRequest } from 'node:http';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { startEnvoy, type RunningEnvoy } from '@wasmcast/testbed';
import { bootstrapOf, httpListener, tcpListener } from '../envoy/bootstrap.ts';
import { send } from '../envoy/client.ts';
import { GrpcServer } from '../envoy/grpc-server.ts';
import { talk, TcpUpstream, tcpSeen } from '../envoy/tcp.ts';
import { linesOfWorker, traceArguments } from '../envoy/trace-log.ts';
import { Upstream } from '../envoy/upstream.ts';
import { exchanged, type Exchanged, type Observed, type Subject } from './observed.ts';
import { grpcAnswer, request, response } from './traffic.ts';

/** Runs subjects in one Envoy with one worker. */
export async function runInEnvoy(subjects: readonly Subject[], version: string): Promise<Observed> {
  const folder = await mkdtemp(path.join(tmpdir(), 'wasmcast-envoy-side-'));
  try {
    const log = path.join(folder, 'envoy.log');
    await using upstream = await Upstream.start();
    await using grpc = await GrpcServer.start(grpcAnswer);
    await using tcp = await TcpUpstream.start();
    await using silent = await GrpcServer.start(undefined);
    upstream.response = response;
    const listeners: object[] = [];
    for (const { name, wasm, configuration, over } of subjects) {
      const file = path.join(folder, `${name}.wasm`);
      await writeFile(file, wasm);
      const filter = { name, vmId: name, file, configuration };
      listeners.push(over === 'tcp' ? tcpListener(name, filter) : httpListener(name, [filter]));
    }
    const bootstrap = bootstrapOf(listeners, [
      { name: 'up', port: upstream.port },
      { name: 'tcp', port: tcp.port },
      { name: 'grpc', port: grpc.port, http2: true },
      { name: 'silent', port: silent.port, http2: true },
    ]);
    const args = [...traceArguments, '--log-path', log, '--file-flush-interval-msec', '100'];
    await using envoy = await startEnvoy(bootstrap, { args, version, timeoutMs: 60_000 });
    const exchanges = new Map<string, readonly Exchanged[]>();
    for (const subject of subjects) {
      const port = await envoy.listenerPort(subject.name);
      const all: Exchanged[] = [];
      for (let i = 0; i < subject.requests; i++)
        all.push(await (subject.over === 'tcp' ? connectOnce(port, tcp) : sendOnce(port, upstream)));
      exchanges.set(subject.name, all);
    }
    const stats = [...(await statsOf(envoy, 'counter')), ...(await statsOf(envoy, 'gauge'))];
    await quit(envoy);
    return { crossings: linesOfWorker(await readFile(log, 'utf8')), exchanges, stats };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function sendOnce(port: number, upstream: Upstream): Promise<Exchanged> {
  upstream.seen = undefined;
  const client = await send(port, request);
  return exchanged(client, upstream.seen);
}

async function connectOnce(port: number, upstream: TcpUpstream): Promise<Exchanged> {
  upstream.received = '';
  const client = await talk(port, () => upstream.end());
  await upstream.quiet();
  return { client, upstream: tcpSeen(upstream.received) };
}

/** What filters have defined; as text, because JSON's numbers are too small for a gauge that has wrapped. */
async function statsOf(envoy: RunningEnvoy, type: 'counter' | 'gauge'): Promise<string[]> {
  const types = { counter: 'Counters', gauge: 'Gauges' };
  const text = await envoy.adminGet(`/stats?filter=^wasmcustom&type=${types[type]}`);
  const lines = text.split('\n').filter((line) => line.startsWith('wasmcustom.'));
  return lines.map((line) => line.replace('wasmcustom.', `${type} `)).toSorted();
}

/** Lets Envoy end in an orderly way, which ends the plugins. */
async function quit(envoy: RunningEnvoy): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    const { host, port } = envoy.admin;
    const outgoing = httpRequest({ host, port, path: '/quitquitquit', method: 'POST' }, (incoming) => {
      incoming.resume();
      incoming.on('end', resolve);
    });
    outgoing.on('error', reject);
    outgoing.end();
  });
  await envoy.ended;
}
