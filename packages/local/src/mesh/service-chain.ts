import {
  canonicalJson,
  configurationText,
  positions,
  WasmcastError,
  type DesiredFilter,
  type Sha256,
} from '@wasmcast/core';
import { sameFragment, type ChainFragment } from '../fragments.ts';
import type {
  FilterLog,
  FilterRuntime,
  LoadedModule,
  PluginSettings,
  RunningPlugin,
} from './filter-runtime.ts';
import { Generation, PluginLease } from './generation.ts';

/** What a chain needs of its mesh. */
export interface ChainHost<P extends RunningPlugin = RunningPlugin> {
  readonly runtime: FilterRuntime<P>;
  /** The module as a fleet holds it; throws `WC-LOC-006` if it does not. */
  module(fleet: string, digest: Sha256): LoadedModule;
  log(fleet: string, filter: string, line: FilterLog): void;
  /** Told of an exception that ended an exchange. */
  fault(error: unknown): void;
}

/** The chain of one service: the fragments of all fleets, and the plugins that run them. */
export class ServiceChain<P extends RunningPlugin = RunningPlugin> {
  readonly #host: ChainHost<P>;
  readonly #fragments = new Map<string, ChainFragment>();
  #current = new Generation<P>(0, []);
  /** The change that is under way: changes of one service come one after the other. */
  #tail: Promise<unknown> = Promise.resolve();
  #closed = false;

  constructor(host: ChainHost<P>) {
    this.#host = host;
  }

  /** The chain that new requests take. */
  get current(): Generation<P> {
    return this.#current;
  }

  /** What a fleet has here. */
  fragment(fleet: string): ChainFragment | null {
    return this.#fragments.get(fleet) ?? null;
  }

  /** True if some chain that stands here names the module for this fleet. */
  uses(fleet: string, digest: Sha256): boolean {
    return this.fragment(fleet)?.filters.some((filter) => filter.moduleDigest === digest) === true;
  }

  /**
   * Puts a fleet's fragment in the place of what it has here. `check` is asked for the fragment that stands when its turn
   * comes: it throws, or answers false when there is nothing to do. If a plugin does not start, the chain goes on serving
   * as it was, and the error says why.
   */
  replace(
    fleet: string,
    after: ChainFragment | null,
    check: (now: ChainFragment | null) => boolean,
  ): Promise<boolean> {
    const turn = this.#tail.then(async () => {
      if (this.#closed)
        throw new WasmcastError('WC-LOC-001', 'the embedded mesh is stopping', { exit: 'unreachable' });
      if (!check(this.fragment(fleet))) return false;
      await this.#swap(fleet, after);
      return true;
    });
    this.#tail = turn.catch(() => {});
    return turn;
  }

  /** Ends the chain: its plugins end with their last stream. */
  async close(): Promise<void> {
    this.#closed = true;
    await this.#tail;
    this.#current.retire();
  }

  async #swap(fleet: string, after: ChainFragment | null): Promise<void> {
    const fragments = new Map(this.#fragments);
    if (after === null) fragments.delete(fleet);
    else fragments.set(fleet, after);
    const old = this.#current;
    const reusable = new Map(old.leases.map((lease) => [lease.key, lease]));
    const started: PluginLease<P>[] = [];
    try {
      const leases: PluginLease<P>[] = [];
      for (const { fleet: owner, filter } of inOrder([...fragments.values()])) {
        const key = pluginKey(owner, filter);
        const running = reusable.get(key);
        // A dead VM of the fleet that changes is started anew; those of other fleets are not its business.
        if (running !== undefined && (owner !== fleet || running.plugin.dead === undefined))
          leases.push(running);
        else {
          const lease = new PluginLease(owner, key, await this.#start(owner, filter));
          started.push(lease);
          leases.push(lease);
        }
      }
      // From here on nothing waits: the request that comes next finds the new chain whole.
      this.#current = new Generation(old.number + 1, leases);
    } catch (error) {
      for (const lease of started) lease.plugin.dispose();
      throw error;
    }
    if (after === null) this.#fragments.delete(fleet);
    else this.#fragments.set(fleet, after);
    old.retire();
  }

  #start(fleet: string, filter: DesiredFilter): Promise<P> {
    const module = this.#host.module(fleet, filter.moduleDigest);
    return this.#host.runtime.start(module, settingsOf(filter), (line) =>
      this.#host.log(fleet, filter.name, line),
    );
  }
}

/** The check that makes a step idempotent: nothing to do when `after` stands, a fault when `before` does not either. */
export function expectFragment<F extends ChainFragment | null>(
  before: F,
  after: F,
  moved: (now: F) => Error,
): (now: F) => boolean {
  return (now) => {
    if (sameFragment(now, after)) return false;
    if (!sameFragment(now, before)) throw moved(now);
    return true;
  };
}

/** The filters of all fleets in the order in which a request meets them: by position, then fleet, then as the fleet has them. */
export function inOrder(
  fragments: readonly ChainFragment[],
): readonly { readonly fleet: string; readonly filter: DesiredFilter }[] {
  const byFleet = fragments.toSorted((a, b) => (a.fleet < b.fleet ? -1 : a.fleet > b.fleet ? 1 : 0));
  return positions.flatMap((position) =>
    byFleet.flatMap(({ fleet, filters }) =>
      filters.filter((filter) => filter.position === position).map((filter) => ({ fleet, filter })),
    ),
  );
}

function settingsOf(filter: DesiredFilter): PluginSettings {
  return {
    name: filter.name,
    rootId: filter.rootId,
    vmId: filter.vmId,
    env: filter.env,
    configuration: configurationText(filter.config),
    onFailure: filter.onFailure,
  };
}

function pluginKey(fleet: string, filter: DesiredFilter): string {
  const { name, rootId, vmId, env, configuration, onFailure } = settingsOf(filter);
  return canonicalJson({
    fleet,
    name,
    rootId,
    vmId,
    env,
    configuration,
    onFailure,
    digest: filter.moduleDigest,
  });
}
