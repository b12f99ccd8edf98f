import type { RunningPlugin } from './filter-runtime.ts';

/** A plugin that several generations of a service's chain may share; it ends with the last of them. */
export class PluginLease<P extends RunningPlugin = RunningPlugin> {
  readonly fleet: string;
  readonly plugin: P;
  /** Equal for plugins that need not be started anew. */
  readonly key: string;
  #users = 0;

  constructor(fleet: string, key: string, plugin: P) {
    this.fleet = fleet;
    this.key = key;
    this.plugin = plugin;
  }

  take(): void {
    this.#users++;
  }

  release(): void {
    if (--this.#users === 0) this.plugin.dispose();
  }
}

/** One state of a service's chain. Requests run to their end on the generation they began with. */
export class Generation<P extends RunningPlugin = RunningPlugin> {
  readonly number: number;
  readonly leases: readonly PluginLease<P>[];
  readonly plugins: readonly P[];
  #streams = 0;
  #retired = false;

  constructor(number: number, leases: readonly PluginLease<P>[]) {
    this.number = number;
    this.leases = leases;
    this.plugins = leases.map((lease) => lease.plugin);
    for (const lease of leases) lease.take();
  }

  /** A stream begins; the returned function is called once when it is over. */
  enter(): () => void {
    this.#streams++;
    let left = false;
    return () => {
      if (left) return;
      left = true;
      this.#streams--;
      this.#settle();
    };
  }

  /** No stream will begin any more. */
  retire(): void {
    this.#retired = true;
    this.#settle();
  }

  #settle(): void {
    if (!this.#retired || this.#streams > 0) return;
    for (const lease of this.leases) lease.release();
  }
}
