import { compileModule, createPlugin, FilterChain, Metrics, SharedState } from '../../src/index.ts';
import type { FilterModule, LogEntry, Plugin, PropertyValue } from '../../src/index.ts';
import { exchange, TestClock, TestConnection } from '../../src/testing/index.ts';
import { GrpcCallouts } from '../../src/testing/grpc-callouts.ts';
import { Pending } from '../../src/testing/pending.ts';
import { Callouts } from '../../src/testing/test-filter.ts';
import { comparable, type Answer, type Seen } from '../envoy/client.ts';
import { CrossingRecorder } from './crossings.ts';
import { tcpSeen } from '../envoy/tcp.ts';
import { exchanged, type Exchanged, type Observed, type Subject } from './observed.ts';
import { greeting, grpcAnswer, reply, request, response } from './traffic.ts';

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

/** With what Node adds. */
const upstreamResponse = {
  ...response,
  headers: { ...response.headers, 'transfer-encoding': 'chunked', connection: 'keep-alive' },
};

/** With what Node and Envoy's router add. */
const calloutResponse = {
  ...response,
  headers: { ...upstreamResponse.headers, 'x-envoy-upstream-service-time': '0' },
};

/** Runs subjects in this host, with the frames as Envoy's codecs deliver them. */
export async function runInHost(subjects: readonly Subject[]): Promise<Observed> {
  using recorder = new CrossingRecorder();
  const crossings: string[] = [];
  const exchanges = new Map<string, readonly Exchanged[]>();
  const stats: string[] = [];
  for (const subject of subjects) {
    const compiled = await compileModule(subject.wasm);
    if (compiled.kind !== 'module') throw new Error(compiled.reasons.join());
    exchanges.set(subject.name, await runSubject(subject, compiled.module, recorder, { crossings, stats }));
  }
  return { crossings, exchanges, stats: stats.toSorted() };
}

async function runSubject(
  { name, configuration, over, requests }: Subject,
  module: FilterModule,
  recorder: CrossingRecorder,
  { crossings, stats }: { readonly crossings: string[]; readonly stats: string[] },
): Promise<Exchanged[]> {
  const pending = new Pending();
  const shared = new SharedState();
  const metrics = new Metrics();
  const start = (clock: TestClock): Plugin => {
    const result = createPlugin({
      module,
      name,
      rootId: 'root',
      vmId: name,
      configuration: Buffer.from(configuration),
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
  start(new TestClock());
  start(new TestClock());
  recorder.writeTo(crossings);
  const clock = new TestClock();
  const plugin = start(clock);
  const chain = new FilterChain([plugin]);
  const settle = async (): Promise<boolean> => {
    if (await pending.settle()) return true;
    clock.advance(1);
    return clock.monotonic() < 10_000_000_000n;
  };
  const all: Exchanged[] = [];
  for (let i = 0; i < requests; i++)
    all.push(over === 'tcp' ? await runConnection(chain, settle) : await runRequest(chain, clock, settle));
  for (const { type, name: metric, value } of metrics.all())
    if (type !== 'histogram') stats.push(`${type} ${metric}: ${value}`);
  plugin.close();
  recorder.writeTo(undefined);
  return all;
}

async function runRequest(
  chain: FilterChain,
  clock: TestClock,
  settle: () => Promise<boolean>,
): Promise<Exchanged> {
  const result = await exchange(
    chain,
    {
      ...request,
      // The connection manager adds it, and takes transfer-encoding away.
      headers: { ...request.headers, 'x-forwarded-proto': 'http' },
    },
    {
      upstream: () => {
        // What the worker has posted to itself comes before the answer from the network.
        clock.advance(0);
        return upstreamResponse;
      },
      // As Node's client says of a connection that it uses once.
      closes: true,
      settle,
      attributes: (path) => surroundings[path.join('.')],
    },
  );
  const { upstream: up, response: down } = result;
  const client: Answer =
    result.reset !== undefined ? 'reset' : down === undefined ? 'nothing' : seen(String(down.status), down);
  return exchanged(client, up && seen(`${up.method} ${up.authority} ${up.path}`, up));
}

/** The client greets; the upstream answers and ends; then the client breaks off. */
async function runConnection(chain: FilterChain, settle: () => Promise<boolean>): Promise<Exchanged> {
  // The proxy behind the filters chooses a cluster as soon as they let the connection pass; there are no routes.
  let cluster: PropertyValue | undefined;
  const attributes = (path: readonly string[]): PropertyValue | undefined => {
    const name = path.join('.');
    if (name === 'xds.cluster_name') return cluster;
    return name === 'xds.route_name' ? undefined : surroundings[name];
  };
  const connection = new TestConnection(chain, { attributes });
  cluster = { kind: 'string', value: 'tcp' };
  connection.clientSends(greeting);
  while (connection.upstream === '' && connection.closedBy === undefined && (await settle()));
  if (connection.upstream !== '' && connection.closedBy === undefined) {
    connection.upstreamSends(reply);
    if (connection.client !== '' && connection.closedBy === undefined) connection.upstreamSends('', true);
    connection.clientCloses();
  }
  return { client: tcpSeen(connection.client), upstream: tcpSeen(connection.upstream) };
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
