import {
  compileModule,
  createPlugin,
  FilterChain,
  Metrics,
  SharedState,
  type LogEntry,
} from '../src/index.ts';
import { exchange, type SeenMessage } from '../src/testing/index.ts';
import { Callouts } from '../src/testing/test-filter.ts';
import { comparable, type Answer, type Seen } from './envoy/client.ts';
import { isOutside, type Outcome } from './envoy-side.ts';
import { configurationOf, type Scenario } from './scenarios/scenario.ts';

/** The same scenario through this host, with the frames as Envoy's HTTP/1 codec delivers them. */
export async function runInHost(scenario: Scenario, wasm: Uint8Array): Promise<Outcome> {
  const compiled = await compileModule(wasm);
  if (compiled.kind !== 'module') throw new Error(compiled.reasons.join());
  const logs: string[] = [];
  const log = ({ source, plugin, message }: LogEntry): void => {
    if (source === 'filter' && !isOutside(message)) logs.push(`${plugin} ${message}`);
  };
  // The cluster that Envoy knows, too.
  const httpCall = new Callouts({ up: () => scenario.upstream ?? {} });
  const shared = new SharedState();
  const plugins = scenario.chain.map((script, j) => {
    const result = createPlugin({
      module: compiled.module,
      name: String(j),
      rootId: 'root',
      vmId: `v${j}`,
      configuration: Buffer.from(configurationOf(script)),
      allowOnHeadersStopIteration: scenario.allowOnHeadersStopIteration ?? false,
      onFailure: scenario.onFailure ?? 'closed',
      logLevel: 'info',
      log,
      shared,
      httpCall,
      metrics: new Metrics(),
    });
    if (result.kind !== 'ready') throw new Error(JSON.stringify(result));
    return result.plugin;
  });
  const { request = {}, upstream = {} } = scenario;
  const length = (body: unknown): Record<string, string> =>
    typeof body === 'string' ? { 'content-length': String(body.length) } : {};
  const seen = (start: string, message: SeenMessage): Seen => ({
    start,
    headers: comparable(message.pairs),
    body: message.complete ? message.body : '(broken off)',
  });
  const chain = new FilterChain(plugins);
  const clients: Answer[] = [];
  let reached: Seen | undefined;
  for (let i = 0; i < (scenario.times ?? 1); i++) {
    const result = await exchange(
      chain,
      {
        ...request,
        // The connection manager adds the last one.
        headers: { ...request.headers, ...length(request.body), 'x-forwarded-proto': 'http' },
      },
      {
        upstream: {
          ...upstream,
          // As Node writes them.
          headers: { ...upstream.headers, ...length(upstream.body ?? ''), connection: 'keep-alive' },
        },
        endApart: true,
        settle: () => httpCall.settle(),
      },
    );
    const { upstream: up } = result;
    reached = up && seen(`${up.method} ${up.authority} ${up.path}`, up);
    clients.push(
      result.reset !== undefined
        ? 'reset'
        : result.response === undefined
          ? 'nothing'
          : seen(String(result.response.status), result.response),
    );
  }
  return { upstream: reached, clients, logs };
}
