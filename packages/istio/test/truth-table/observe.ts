import { mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { FailurePolicy, FilterVerdict } from '@wasmcast/core';
import { type RunningEnvoy, startEnvoy, until } from '@wasmcast/testbed';
import { stallPage } from '../../src/verify/stall.ts';
import { type Answer, ask, failing, type Place } from './client.ts';
import { accessOf, countersOf, wordsOf } from './evidence.ts';
import { type Failure, type Kind, working } from './kinds.ts';
import { bootstrap, control, listener, listenersDocument } from './proxy.ts';
import { desired, moduleFile, verdictOf } from './verdict.ts';

/** What was seen of one cell. */
export interface Seen {
  /**
   * What a client gets for a plain request, for the one at which a filter fails that fails at requests, and for a plain
   * one after it: at once, or of a proxy that reloads when it has.
   */
  readonly answers: readonly [before: Answer, at: Answer, after: Answer];
  /** What a request through another filter in the same proxy gets meanwhile. */
  readonly beside: Answer;
  /** Names of the counters that moved. */
  readonly counters: readonly string[];
  /** Status, flags and details of the answers other than 200, by the proxy's access log. */
  readonly access: readonly string[];
  /** Envoy's warnings and errors, without what differs from run to run. */
  readonly words: readonly string[];
  readonly verdict: FilterVerdict;
}

/** An Envoy that gets one filter after the other, beside one that works, so that what moves is of the cell at hand. */
export class Proxy implements AsyncDisposable {
  readonly #envoy: RunningEnvoy;
  readonly #folder: string;

  private constructor(envoy: RunningEnvoy, folder: string) {
    this.#envoy = envoy;
    this.#folder = folder;
  }

  static async start(serverPort: number): Promise<Proxy> {
    const folder = await mkdtemp(path.join(tmpdir(), 'wasmcast-truth-'));
    const file = path.join(folder, 'listeners.json');
    await writeFile(file, listenersDocument([]));
    // The log's lines begin with a time as Kubernetes writes it, which is what the verdict reads.
    const args = ['--log-format', '%Y-%m-%dT%T.%FZ %v', '--file-flush-interval-msec', '20'];
    const drain = ['--drain-time-s', '1'];
    const logging = { logLevel: 'warning', args: [...args, ...drain] } as const;
    const proxy = new Proxy(await startEnvoy(bootstrap(file, serverPort), logging), folder);
    await proxy.#put([await proxy.#listener(control, working(), 'closed')]);
    await proxy.#settled(control);
    return proxy;
  }

  async observe(kind: Kind, failure: Failure, onFailure: FailurePolicy): Promise<Seen> {
    const [countersBefore, logged] = [await this.#counters(), this.#envoy.logs().length];
    await this.#put([
      await this.#listener(control, working(), 'closed'),
      await this.#listener(kind, failure, onFailure),
    ]);
    const port = (await this.#settled(kind)) ? await this.#envoy.listenerPort(kind) : undefined;
    const plain = (): Promise<Answer> => ask(kind, local(port), {});
    const [before, at] = [await plain(), await ask(kind, local(port), failing(kind))];
    // When it reloads depends on how long ago its VM was made: a backoff lies between the two.
    const heals = onFailure === 'reload' && before === 'filtered' && at !== 'no answer';
    const isWell = async (): Promise<Answer | undefined> => ((await plain()) === before ? before : undefined);
    const after = heals ? await until(isWell, { what: 'a reload', timeoutMs: 10_000 }) : await plain();
    const beside = await ask(kind, local(await this.#envoy.listenerPort(control)), {});
    const verdict = await this.#verdict(failure, onFailure, logged, beside === 'no answer');
    const answers = [before, at, after] as const;
    const log = await this.#envoy.logged((all) => {
      const part = all.slice(logged);
      return /^\d+$/.test(at) && accessOf(part).length === 0 ? undefined : part;
    });
    const counters = countersOf(countersBefore, await this.#counters(), failure);
    return { answers, beside, counters, access: accessOf(log), words: wordsOf(log), verdict };
  }

  /** What the product says. That a worker stands still it says only when that has lasted. */
  async #verdict(
    failure: Failure,
    onFailure: FailurePolicy,
    logged: number,
    stands: boolean,
  ): Promise<FilterVerdict> {
    const look = async (): Promise<FilterVerdict> =>
      verdictOf(desired(failure, onFailure), this.#folder, {
        listeners: await this.#envoy.adminGet('/config_dump?resource=dynamic_listeners'),
        stats: await this.#envoy.adminGet(stallPage),
        server: await this.#envoy.adminGet('/server_info'),
        log: this.#envoy.logs().slice(logged),
      });
    const wait = { what: 'the verdict on a worker that stands still', timeoutMs: 40_000, intervalMs: 500 };
    const judged = async (): Promise<FilterVerdict | undefined> => {
      const verdict = await look();
      return verdict.verdict === 'live' ? undefined : verdict;
    };
    return stands ? await until(judged, wait) : await look();
  }

  async #listener(name: string, failure: Failure, onFailure: FailurePolicy): Promise<object> {
    const filter = desired(failure, onFailure);
    if (failure.by === 'module')
      await writeFile(path.join(this.#folder, moduleFile(filter.moduleDigest)), failure.module);
    return listener(name, failure, filter, this.#folder);
  }

  /** As programs replace the file of a path_config_source: at once. */
  async #put(listeners: readonly object[]): Promise<void> {
    const file = path.join(this.#folder, 'listeners.json');
    await writeFile(`${file}.next`, listenersDocument(listeners));
    await rename(`${file}.next`, file);
  }

  /** Waits until the listener is active (true), or refused. */
  async #settled(name: string): Promise<boolean> {
    const look = async (): Promise<boolean | undefined> => {
      const dump = JSON.parse(await this.#envoy.adminGet('/config_dump?resource=dynamic_listeners')) as Dump;
      const entry = dump.configs?.find((one) => one.name === name);
      if (entry?.error_state !== undefined) return false;
      return entry?.active_state === undefined || entry.warming_state !== undefined ? undefined : true;
    };
    return await until(look, { what: `listener ${name}`, timeoutMs: 20_000, intervalMs: 20 });
  }

  async #counters(): Promise<string> {
    return await this.#envoy.adminGet('/stats?type=Counters');
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#envoy.stop();
    await rm(this.#folder, { recursive: true, force: true });
  }
}

function local(port: number | undefined): Place | undefined {
  return port === undefined ? undefined : { host: '127.0.0.1', port };
}

interface Dump {
  readonly configs?: readonly {
    readonly name?: string;
    readonly active_state?: object;
    readonly warming_state?: object;
    readonly error_state?: object;
  }[];
}
