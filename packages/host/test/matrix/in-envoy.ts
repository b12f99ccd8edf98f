import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { request as httpRequest } from 'node:http';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { startEnvoy, type RunningEnvoy } from '@wasmcast/testbed';
import { bootstrapOf, httpListener } from '../envoy/bootstrap.ts';
import { send } from '../envoy/client.ts';
import { GrpcServer } from '../envoy/grpc-server.ts';
import { linesOfWorker, traceArguments } from '../envoy/trace-log.ts';
import { Upstream } from '../envoy/upstream.ts';
import { cellName, cutCells, type Cell, type Cells, type Wire } from './cells.ts';
import { callsOf, phaseNames, phases } from './phases.ts';
import { grpcAnswer, request, response } from './traffic.ts';

/** Runs the whole matrix in one Envoy: each phase is a listener whose probe has a VM of its own. */
export async function runInEnvoy(wasm: Uint8Array, version: string): Promise<Cells> {
  const folder = await mkdtemp(path.join(tmpdir(), 'wasmcast-matrix-'));
  try {
    const file = path.join(folder, 'matrix.wasm');
    const log = path.join(folder, 'envoy.log');
    await writeFile(file, wasm);
    await using upstream = await Upstream.start();
    await using grpc = await GrpcServer.start(grpcAnswer);
    await using silent = await GrpcServer.start(undefined);
    upstream.response = response;
    const listeners = phaseNames.map((phase) =>
      httpListener(phase, [
        { name: phase, vmId: phase, file, configuration: [phase, ...callsOf(phase)].join(' ') },
      ]),
    );
    const bootstrap = bootstrapOf(listeners, [
      { name: 'up', port: upstream.port },
      { name: 'grpc', port: grpc.port, http2: true },
      { name: 'silent', port: silent.port, http2: true },
    ]);
    const args = [...traceArguments, '--log-path', log, '--file-flush-interval-msec', '100'];
    await using envoy = await startEnvoy(bootstrap, { args, version, timeoutMs: 60_000 });
    const wire = await sendAll(envoy, upstream);
    await quit(envoy);
    return cutCells(linesOfWorker(await readFile(log, 'utf8')), wire);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function sendAll(envoy: RunningEnvoy, upstream: Upstream): Promise<Wire> {
  const wire = new Map<string, Pick<Cell, 'client' | 'upstream'>>();
  for (const phase of phaseNames) {
    if (phases[phase] === 'once') continue;
    const port = await envoy.listenerPort(phase);
    for (const call of callsOf(phase)) {
      upstream.seen = undefined;
      const client = await send(port, request);
      // A request that is answered on its way may or may not have reached the upstream.
      const through = typeof client === 'object' && client.start !== '418';
      wire.set(cellName(phase, call), { client, upstream: through ? upstream.seen : undefined });
    }
    await send(port, request);
  }
  return wire;
}

/** Lets Envoy end in an orderly way, which ends the plugins; their last cells are there. */
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
