import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { startEnvoy, type RunningEnvoy } from '@wasmcast/testbed';
import { bootstrapOf, httpListener } from './envoy/bootstrap.ts';
import { send, type Answer, type Seen } from './envoy/client.ts';
import { Upstream } from './envoy/upstream.ts';
import { configurationOf, type Scenario } from './scenarios/scenario.ts';

/** What is compared of a scenario. */
export interface Outcome {
  readonly upstream: Seen | undefined;
  /** One for each time the request was sent. */
  readonly clients: readonly Answer[];
  /** The filters' lines, in order, each with the index of its filter. */
  readonly logs: readonly string[];
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
    const listeners = scenarios.map((scenario, i) =>
      httpListener(
        `s${i}`,
        scenario.chain.map((script, j) => ({
          name: `s${i}-${j}`,
          vmId: `s${i}-v${j}`,
          file,
          configuration: configurationOf(script),
          onFailure: scenario.onFailure,
          allowOnHeadersStopIteration: scenario.allowOnHeadersStopIteration,
        })),
      ),
    );
    const bootstrap = bootstrapOf(listeners, [{ name: 'up', port: upstream.port }]);
    const envoy = await startEnvoy(bootstrap, { timeoutMs: 60_000 });
    return new EnvoySide(scenarios, envoy, upstream, folder);
  }

  async run(scenario: Scenario): Promise<Outcome> {
    const index = this.#scenarios.indexOf(scenario);
    this.#upstream.response = scenario.upstream ?? {};
    this.#upstream.seen = undefined;
    const port = await this.#envoy.listenerPort(`s${index}`);
    const clients: Answer[] = [];
    for (let i = 0; i < (scenario.times ?? 1); i++) clients.push(await send(port, scenario.request ?? {}));
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
    await this.#upstream[Symbol.asyncDispose]();
    await rm(this.#folder, { recursive: true, force: true });
  }
}
