import { setTimeout as delay } from 'node:timers/promises';
import { httpGet, workloadPort } from '@wasmcast/testbed';

/** Requests to pods, all the time until it is disposed of. Counts what goes wrong. */
export class Traffic implements AsyncDisposable {
  #pods: ReadonlyMap<string, string>;
  #errors = new Map<string, number>();
  readonly #stop = new AbortController();
  readonly #running: Promise<void>;

  /** `pods`: an address for each name. */
  constructor(pods: ReadonlyMap<string, string>) {
    this.#pods = pods;
    this.#running = this.#run();
  }

  /** Requests that failed since the last call, by name: no answer, or one that says so. */
  takeErrors(): Record<string, number> {
    const taken = Object.fromEntries(
      [...this.#pods.keys()].map((name) => [name, this.#errors.get(name) ?? 0]),
    );
    this.#errors = new Map();
    return taken;
  }

  /** From now on to these pods: a workload that restarted has others. */
  follow(pods: ReadonlyMap<string, string>): void {
    this.#pods = pods;
  }

  /** What `x-version` each pod answers now. */
  async versions(): Promise<Record<string, unknown>> {
    const answers = await Promise.all(
      [...this.#pods].map(async ([name, ip]) => [
        name,
        (await httpGet(ip, workloadPort)).headers['x-version'],
      ]),
    );
    return Object.fromEntries(answers) as Record<string, unknown>;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort();
    await this.#running;
  }

  async #run(): Promise<void> {
    const { signal } = this.#stop;
    while (!signal.aborted) {
      await Promise.all([...this.#pods].map(([name, ip]) => this.#one(name, ip)));
      await delay(30, undefined, { signal }).catch(() => undefined);
    }
  }

  async #one(name: string, ip: string): Promise<void> {
    const { signal } = this.#stop;
    const status = await httpGet(ip, workloadPort, '/', { signal }).then(
      (answer) => answer.status,
      () => 0,
    );
    if (!signal.aborted && status !== 200) this.#errors.set(name, (this.#errors.get(name) ?? 0) + 1);
  }
}
