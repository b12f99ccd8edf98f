import { compileModule, createPlugin, FilterChain, Metrics, SharedState } from '../../src/index.ts';
import type { FilterModule, LogEntry, Plugin, PropertyValue } from '../../src/index.ts';
import { exchange, TestClock } from '../../src/testing/index.ts';
import { GrpcCallouts } from '../../src/testing/grpc-callouts.ts';
import { Pending } from '../../src/testing/pending.ts';
import { Callouts } from '../../src/testing/test-filter.ts';
import { comparable, type Answer, type Seen } from '../envoy/client.ts';
import { cellName, cutCells, type Cell, type Cells } from './cells.ts';
import { CrossingRecorder } from './crossings.ts';
import { callsOf, phaseNames, phases, type Phase } from './phases.ts';
import { grpcAnswer, request, response } from './traffic.ts';

/** What the surroundings of a stream know: Envoy's listener and route in `envoy/bootstrap.ts`. */
const surroundings: Readonly<Record<string, PropertyValue>> = {
  'xds.listener_direction': { kind: 'int', value: 0n },
  'xds.route_name': { kind: 'string', value: '' },
  'xds.cluster_name': { kind: 'string', value: 'up' },
  'connection.mtls': { kind: 'bool', value: false },
  'connection.requested_server_name': { kind: 'string', value: '' },
  // The message of the stream's dynamic metadata, of which there is none.
  metadata: { kind: 'bytes', value: new Uint8Array() },
};

/** With what Node and Envoy's router add. */
const calloutResponse = {
  ...response,
  headers: {
    ...response.headers,
    'transfer-encoding': 'chunked',
    connection: 'keep-alive',
    'x-envoy-upstream-service-time': '0',
  },
};

/** Runs the whole matrix in this host, with the frames as Envoy's codecs deliver them. */
export async function runInHost(wasm: Uint8Array): Promise<Cells> {
  using recorder = new CrossingRecorder();
  const compiled = await compileModule(wasm);
  if (compiled.kind !== 'module') throw new Error(compiled.reasons.join());
  const lines: string[] = [];
  const wire = new Map<string, Pick<Cell, 'client' | 'upstream'>>();
  for (const phase of phaseNames) await runPhase(phase, compiled.module, recorder, lines, wire);
  return cutCells(lines, wire);
}

async function runPhase(
  phase: Phase,
  module: FilterModule,
  recorder: CrossingRecorder,
  lines: string[],
  wire: Map<string, Pick<Cell, 'client' | 'upstream'>>,
): Promise<void> {
  const clock = new TestClock();
  const pending = new Pending();
  const shared = new SharedState();
  const metrics = new Metrics();
  const start = (): Plugin => {
    const result = createPlugin({
      module,
      name: phase,
      rootId: 'root',
      vmId: phase,
      configuration: Buffer.from([phase, ...callsOf(phase)].join(' ')),
      log: ({ source, level, message }: LogEntry): void => {
        if (source === 'filter') recorder.note(`log ${level === 'warn' ? 'warning' : level} ${message}`);
      },
      shared,
      metrics,
      clock,
      httpCall: new Callouts({ up: () => calloutResponse, silent: () => 'silence' }, clock, pending),
      grpc: new GrpcCallouts(
        {
          grpc: (call) => {
            call.initialMetadata({
              ':status': '200',
              'content-type': 'application/grpc',
              ...grpcAnswer.headers,
            });
            call.message(grpcAnswer.message);
            call.trailingMetadata({ 'grpc-status': '0', ...grpcAnswer.trailers });
            // What Envoy says of a response without a grpc-message.
            call.close(0, 'via_upstream');
          },
          silent: () => undefined,
        },
        clock,
        pending,
      ),
    });
    if (result.kind !== 'ready') throw new Error(JSON.stringify(result));
    return result.plugin;
  };
  // Envoy starts a filter on its main thread twice before it does so on the worker.
  start();
  start();
  recorder.writeTo(lines);
  const plugin = start();
  const chain = new FilterChain([plugin]);
  const settle = async (): Promise<boolean> => {
    if (await pending.settle()) return true;
    clock.advance(1);
    return clock.monotonic() < 1_000_000_000n;
  };
  if (phases[phase] !== 'once') {
    for (const call of callsOf(phase)) wire.set(cellName(phase, call), await runRequest(chain, settle));
    await runRequest(chain, settle);
  }
  plugin.close();
  recorder.writeTo(undefined);
}

async function runRequest(
  chain: FilterChain,
  settle: () => Promise<boolean>,
): Promise<Pick<Cell, 'client' | 'upstream'>> {
  const result = await exchange(
    chain,
    {
      ...request,
      // The connection manager adds it, and takes transfer-encoding away.
      headers: { ...request.headers, 'x-forwarded-proto': 'http' },
    },
    {
      upstream: {
        ...response,
        // As Node writes them.
        headers: { ...response.headers, 'transfer-encoding': 'chunked', connection: 'keep-alive' },
      },
      settle,
      attributes: (path) => surroundings[path.join('.')],
    },
  );
  const { upstream: up, response: down } = result;
  const client: Answer =
    result.reset !== undefined ? 'reset' : down === undefined ? 'nothing' : seen(String(down.status), down);
  return {
    client,
    upstream:
      up !== undefined && typeof client === 'object' && client.start !== '418'
        ? seen(`${up.method} ${up.authority} ${up.path}`, up)
        : undefined,
  };
}

function seen(
  start: string,
  message: {
    readonly pairs: readonly (readonly [string, string])[];
    readonly trailers: Readonly<Record<string, string>>;
    readonly body: string;
    readonly complete: boolean;
  },
): Seen {
  const trailers = Object.entries(message.trailers).map(([name, value]) => `${name}: ${value}`);
  return {
    start,
    headers: comparable(message.pairs),
    body: message.complete ? message.body : '(broken off)',
    ...(trailers.length > 0 && { trailers }),
  };
}
