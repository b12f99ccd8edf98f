import { createServer, request as httpRequest, type IncomingMessage } from 'node:http';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { startEnvoy, type RunningEnvoy } from '@wasmcast/testbed';
import { configurationOf, type Scenario } from './scenarios/scenario.ts';

/** What is compared of a message: order and repetition of headers count. */
export interface Seen {
  readonly start: string;
  readonly headers: readonly string[];
  readonly body: string;
}

/** What a client got. */
export type Answer = Seen | 'reset' | 'nothing';

/** What is compared of a scenario. */
export interface Outcome {
  readonly upstream: Seen | undefined;
  /** One for each time the request was sent. */
  readonly clients: readonly Answer[];
  /** The filters' lines, in order, each with the index of its filter. */
  readonly logs: readonly string[];
}

/** Headers that Envoy's connection manager and codecs, or Node's client and server, add outside of the filters. */
const transport = new Set(['date', 'server', 'connection', 'transfer-encoding', 'keep-alive']);

export function comparable(pairs: readonly (readonly [string, string])[]): string[] {
  return (
    pairs
      .filter(([name]) => !transport.has(name) && !name.startsWith(':'))
      // The HTTP/1 codec says of every message without a body that it has none.
      .filter(([name, value]) => name !== 'content-length' || value !== '0')
      .map(([name, value]) => `${name}: ${value}`)
  );
}

/** Lines that are not of a stream, which Envoy writes once per VM; and how many headers Envoy adds to a callout's response. */
export function isOutside(line: string): boolean {
  return /^(start|configure|rootdone|rootdelete|call args:?) /.test(line);
}

/** All scenarios, each behind a listener of its own, in one Envoy. */
export class EnvoySide implements AsyncDisposable {
  readonly #scenarios: readonly Scenario[];
  readonly #envoy: RunningEnvoy;
  readonly #upstream: Upstream;
  readonly #folder: string;

  private constructor(
    scenarios: readonly Scenario[],
    envoy: RunningEnvoy,
    upstream: Upstream,
    folder: string,
  ) {
    this.#scenarios = scenarios;
    this.#envoy = envoy;
    this.#upstream = upstream;
    this.#folder = folder;
  }

  static async start(scenarios: readonly Scenario[], wasm: Uint8Array): Promise<EnvoySide> {
    const folder = await mkdtemp(path.join(tmpdir(), 'wasmcast-differential-'));
    const file = path.join(folder, 'probe.wasm');
    await writeFile(file, wasm);
    const upstream = await Upstream.start();
    const bootstrap = {
      static_resources: {
        listeners: scenarios.map((scenario, i) => listener(scenario, i, file)),
        clusters: [
          {
            name: 'up',
            type: 'STATIC',
            load_assignment: {
              cluster_name: 'up',
              endpoints: [{ lb_endpoints: [{ endpoint: { address: address(upstream.port) } }] }],
            },
          },
        ],
      },
    };
    const envoy = await startEnvoy(JSON.stringify(bootstrap), { timeoutMs: 60_000 });
    return new EnvoySide(scenarios, envoy, upstream, folder);
  }

  async run(scenario: Scenario): Promise<Outcome> {
    const index = this.#scenarios.indexOf(scenario);
    this.#upstream.scenario = scenario;
    this.#upstream.seen = undefined;
    const port = await this.#envoy.listenerPort(`s${index}`);
    const clients: Answer[] = [];
    for (let i = 0; i < (scenario.times ?? 1); i++) clients.push(await send(port, scenario));
    // The lines of a request are written before the next request on this one worker thread, which this waits for.
    await this.#envoy.adminGet('/ready');
    await this.#quiet();
    return { upstream: this.#upstream.seen, clients, logs: this.#lines(index) };
  }

  /** The client has its answer a moment before on_log runs: waits until the log stands still. */
  async #quiet(): Promise<void> {
    let before = -1;
    let same = 0;
    while (same < 4) {
      const now = this.#envoy.logs().length;
      same = now === before ? same + 1 : 0;
      before = now;
      await new Promise((resolve) => setTimeout(resolve, 15));
    }
  }

  #lines(index: number): string[] {
    // A plugin's root context is named by its vm_id alone.
    const mark = new RegExp(`wasm log(?: s${index}-\\d+)? root s${index}-v(\\d+): (.*)$`);
    return this.#envoy
      .logs()
      .split('\n')
      .flatMap((line) => {
        const match = mark.exec(line);
        return match === null ? [] : [`${match[1]} ${match[2]}`];
      })
      .filter((line) => !isOutside(line.replace(/^\d+ /, '')));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#envoy.stop();
    await this.#upstream.stop();
    await rm(this.#folder, { recursive: true, force: true });
  }
}

function address(port: number): object {
  return { socket_address: { address: '127.0.0.1', port_value: port } };
}

function listener(scenario: Scenario, index: number, file: string): object {
  const filters = scenario.chain.map((script, j) => ({
    name: `wasm${j}`,
    typed_config: {
      '@type': 'type.googleapis.com/envoy.extensions.filters.http.wasm.v3.Wasm',
      config: {
        name: `s${index}-${j}`,
        root_id: 'root',
        failure_policy: `FAIL_${(scenario.onFailure ?? 'closed').toUpperCase()}`,
        ...(scenario.allowOnHeadersStopIteration === true && { allow_on_headers_stop_iteration: true }),
        configuration: {
          '@type': 'type.googleapis.com/google.protobuf.StringValue',
          value: configurationOf(script),
        },
        vm_config: {
          vm_id: `s${index}-v${j}`,
          runtime: 'envoy.wasm.runtime.v8',
          code: { local: { filename: file } },
        },
      },
    },
  }));
  const router = {
    name: 'envoy.filters.http.router',
    typed_config: {
      '@type': 'type.googleapis.com/envoy.extensions.filters.http.router.v3.Router',
      suppress_envoy_headers: true,
    },
  };
  const manager = {
    '@type':
      'type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager',
    stat_prefix: 'in',
    generate_request_id: false,
    http_filters: [...filters, router],
    route_config: {
      virtual_hosts: [
        { name: 'all', domains: ['*'], routes: [{ match: { prefix: '/' }, route: { cluster: 'up' } }] },
      ],
    },
  };
  return {
    name: `s${index}`,
    address: address(0),
    filter_chains: [
      { filters: [{ name: 'envoy.filters.network.http_connection_manager', typed_config: manager }] },
    ],
  };
}

/** Answers what the present scenario says, and keeps what it received. */
class Upstream {
  scenario: Scenario | undefined;
  seen: Seen | undefined;
  readonly #server = createServer((incoming, outgoing) => {
    void bodyOf(incoming)
      .catch(() => '(broken off)')
      .then((body) => {
        // Callouts of the filters come here too.
        if (incoming.url !== '/ask')
          this.seen = {
            start: `${incoming.method} ${incoming.headers.host} ${incoming.url}`,
            headers: comparable(rawPairs(incoming)).filter((line) => !line.startsWith('host:')),
            body,
          };
        const { status = 200, headers = {}, body: answer } = this.scenario?.upstream ?? {};
        outgoing.sendDate = false;
        const lengthOf = typeof answer === 'string' ? answer.length : 0;
        const all = Object.entries(headers).map(([name, value]): [string, string | readonly string[]] => [
          name,
          value,
        ]);
        outgoing.writeHead(status, [
          ...all.flatMap(([k, v]) => [k, v as string]),
          'content-length',
          String(lengthOf),
        ]);
        outgoing.end(answer);
      });
  });

  static async start(): Promise<Upstream> {
    const upstream = new Upstream();
    await new Promise<void>((resolve) => void upstream.#server.listen(0, '127.0.0.1', resolve));
    return upstream;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}

async function send(port: number, { request = {} }: Scenario): Promise<Answer> {
  const body = typeof request.body === 'string' ? request.body : undefined;
  const headers = Object.entries(request.headers ?? {}).flatMap(([name, value]) =>
    (typeof value === 'string' ? [value] : value).flatMap((one) => [name, one]),
  );
  const { promise, resolve, reject } = Promise.withResolvers<Answer>();
  const outgoing = httpRequest(
    {
      host: '127.0.0.1',
      port,
      method: request.method ?? 'GET',
      path: request.path ?? '/',
      agent: false,
      headers: [
        'host',
        'localhost',
        ...headers,
        ...(body === undefined ? [] : ['content-length', String(body.length)]),
      ],
    },
    (incoming) => {
      bodyOf(incoming)
        .then((text) =>
          resolve({
            start: String(incoming.statusCode),
            headers: comparable(rawPairs(incoming)),
            body: text,
          }),
        )
        .catch(() => resolve('reset'));
    },
  );
  outgoing.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'ECONNRESET' || error.message === 'socket hang up') resolve('reset');
    else reject(error);
  });
  // A stream that a filter holds for good.
  outgoing.setTimeout(1500, () => {
    resolve('nothing');
    outgoing.destroy();
  });
  outgoing.end(body);
  return promise;
}

function rawPairs(incoming: IncomingMessage): [string, string][] {
  const pairs: [string, string][] = [];
  for (let i = 0; i < incoming.rawHeaders.length; i += 2) {
    pairs.push([(incoming.rawHeaders[i] as string).toLowerCase(), incoming.rawHeaders[i + 1] as string]);
  }
  return pairs;
}

async function bodyOf(incoming: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of incoming) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString('utf8');
}
