import { RootContext } from '../context/root-context.ts';
import type { LogEntry } from '../ports/ports.ts';
import { HttpStream } from '../stream/http-stream.ts';
import type { StreamOptions, StreamSink } from '../stream/stream-sink.ts';
import type { Trap } from '../vm/trap.ts';
import type { PluginParts, StartFailure } from './load-root.ts';
import {
  resolvePorts,
  resolveSettings,
  type PluginOptions,
  type PluginSettings,
  type ResolvedPorts,
} from './settings.ts';
import { VmThread } from './vm-thread.ts';

export type { StartFailure } from './load-root.ts';

/** What {@link createPlugin} gives; `logs` are the lines written during the start, at most 1000 of them. */
export type PluginResult = ({ readonly kind: 'ready'; readonly plugin: Plugin } | StartFailure) & {
  readonly logs: readonly LogEntry[];
};

const maxStartLogs = 1000;

/**
 * Starts a filter as Envoy does: instantiates the module, `_initialize`, context creation, on_vm_start, on_configure.
 * A module that loops forever loops here: run untrusted ones through `preflight` first, or give a `deadlineMs`.
 */
export function createPlugin(options: PluginOptions): PluginResult {
  const logs: LogEntry[] = [];
  const ports = resolvePorts(options);
  let starting = true;
  const log = (entry: LogEntry): void => {
    if (starting && logs.length < maxStartLogs) logs.push(entry);
    ports.log(entry);
  };
  const parts = { module: options.module, settings: resolveSettings(options), ports: { ...ports, log } };
  const thread = options.thread ?? new VmThread();
  const root = thread.acquire(parts);
  starting = false;
  if (!(root instanceof RootContext)) return { ...root, logs };
  return { kind: 'ready', plugin: new Plugin(parts, thread, root), logs };
}

/** How often a plugin's VM was to be replaced: Envoy's stats `wasm.<plugin>.vm_reload_…`. */
export interface ReloadCounts {
  readonly success: number;
  readonly failure: number;
  /** Not tried, because the last try was too short ago. */
  readonly backoff: number;
}

/** A configured filter, ready for streams. */
export class Plugin {
  readonly settings: PluginSettings;
  readonly ports: ResolvedPorts;
  readonly #parts: PluginParts;
  readonly #thread: VmThread;
  /** The chain of this plugin alone. */
  readonly #alone: readonly Plugin[] = [this];
  readonly #reloads = { success: 0, failure: 0, backoff: 0 };
  #root: RootContext | undefined;
  #loadedAt: bigint | undefined;
  #streams = 0;
  #closing = false;
  #closed = false;

  /** `root`: what the thread gave; `undefined` when the filter did not start there. Made by {@link createPlugin}. */
  constructor(parts: PluginParts, thread: VmThread, root: RootContext | undefined) {
    this.settings = parts.settings;
    this.ports = parts.ports;
    this.#parts = parts;
    this.#thread = thread;
    this.#root = root;
  }

  /** Why its VM is dead; `undefined` while it lives. */
  get trap(): Trap | undefined {
    return this.#root?.vm.trap;
  }

  /** True if it did not start in its thread, where every stream passes it by. */
  get isPassedBy(): boolean {
    return this.#root === undefined;
  }

  /** Bytes of linear memory that its VM has at the moment. */
  get memoryBytes(): number {
    return this.#root?.vm.memory.bytes.length ?? 0;
  }

  /** Streams and connections that are open. */
  get activeStreams(): number {
    return this.#streams;
  }

  get reloads(): ReloadCounts {
    return { ...this.#reloads };
  }

  /** Begins an exchange through this filter alone. */
  newStream(sink: StreamSink, options?: StreamOptions): HttpStream {
    return new HttpStream(this.#alone, sink, options);
  }

  /** Ends the filter (on_done, on_delete of its root context) as soon as its last stream is done. */
  close(): void {
    this.#closing = true;
    this.#maybeClose();
  }

  /**
   * The context for a new stream or connection to belong to; `undefined`: the filter is bypassed. That is what the policy
   * `open` does once the VM is dead; and what Envoy does, whatever the policy, where the filter did not start in one of its
   * threads although it had started in another before (envoy plugin config createContext, null handle).
   */
  open(): RootContext | undefined {
    this.#streams++;
    if (this.#root?.vm.failed === true) {
      if (this.settings.onFailure === 'open') return undefined;
      if (this.settings.onFailure === 'reload') this.#reload(this.#root);
    }
    return this.#root;
  }

  /** One of its streams or connections is done. For streams. */
  closeStream(): void {
    this.#streams--;
    this.#maybeClose();
  }

  /**
   * Replaces a dead VM: at most once per backoff, to which Envoy adds up to half of it by chance; at once the first time,
   * as in a proxy that had the filter for longer than that (envoy source/extensions/common/wasm/wasm.cc
   * maybeReloadHandleIfNeeded). Until it works, the dead one stays.
   */
  #reload(dead: RootContext): void {
    const now = this.ports.clock.monotonic();
    const backoff = BigInt(Math.round(this.settings.reloadBackoffMs * 1e6));
    if (this.#loadedAt !== undefined && now - this.#loadedAt < backoff) {
      this.#reloads.backoff++;
      return;
    }
    this.#loadedAt = now;
    dead.abandon();
    const root = this.#thread.acquire(this.#parts);
    if (root instanceof RootContext) {
      this.#reloads.success++;
      this.#thread.release(dead);
      this.#root = root;
    } else this.#reloads.failure++;
  }

  #maybeClose(): void {
    if (!this.#closing || this.#streams > 0 || this.#closed) return;
    this.#closed = true;
    if (this.#root !== undefined) this.#thread.release(this.#root);
  }
}
