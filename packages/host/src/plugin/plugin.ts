import { RootContext } from '../context/root-context.ts';
import type { LogEntry } from '../ports/ports.ts';
import { HttpStream } from '../stream/http-stream.ts';
import type { StreamOptions, StreamSink } from '../stream/stream-sink.ts';
import type { Trap } from '../vm/trap.ts';
import { Vm } from '../vm/vm.ts';
import {
  resolvePorts,
  resolveSettings,
  type PluginOptions,
  type PluginSettings,
  type ResolvedPorts,
} from './settings.ts';

/** Why a filter did not start. */
export type StartFailure =
  /** A callback returned false. */
  | { readonly kind: 'refused'; readonly callback: 'on_vm_start' | 'on_configure' }
  /** The module trapped, or called what it may not call while it initializes. */
  | { readonly kind: 'trapped'; readonly callback: string; readonly message: string; readonly trap: Trap }
  /** V8 could not instantiate the module. */
  | { readonly kind: 'not-loadable'; readonly reason: string };

/** What {@link createPlugin} gives; `logs` are the lines written during the start, at most 1000 of them. */
export type PluginResult = ({ readonly kind: 'ready'; readonly plugin: Plugin } | StartFailure) & {
  readonly logs: readonly LogEntry[];
};

const maxStartLogs = 1000;

/**
 * Starts a filter as Envoy does: instantiates the module, `_initialize`, context creation, on_vm_start, on_configure.
 * A module that loops forever loops here: run untrusted ones through `preflight` first.
 */
export function createPlugin(options: PluginOptions): PluginResult {
  const logs: LogEntry[] = [];
  const ports = resolvePorts(options);
  let starting = true;
  const log = (entry: LogEntry): void => {
    if (starting && logs.length < maxStartLogs) logs.push(entry);
    ports.log(entry);
  };
  const plugin = new Plugin(options, resolveSettings(options), { ...ports, log });
  const failure = plugin.load();
  starting = false;
  return failure === undefined ? { kind: 'ready', plugin, logs } : { ...failure, logs };
}

/** A configured filter, ready for streams. */
export class Plugin {
  readonly settings: PluginSettings;
  readonly ports: ResolvedPorts;
  readonly #options: PluginOptions;
  #root: RootContext | undefined;
  #loadedAt: bigint | undefined;
  #streams = 0;
  #closing = false;
  #closed = false;

  constructor(options: PluginOptions, settings: PluginSettings, ports: ResolvedPorts) {
    this.#options = options;
    this.settings = settings;
    this.ports = ports;
  }

  /** Why its VM is dead; `undefined` while it lives. */
  get trap(): Trap | undefined {
    return this.#root?.vm.trap;
  }

  /** Streams that are open. */
  get activeStreams(): number {
    return this.#streams;
  }

  /** Begins an exchange through this filter alone. */
  newStream(sink: StreamSink, options?: StreamOptions): HttpStream {
    return new HttpStream([this], sink, options);
  }

  /** Ends the filter (on_done, on_delete of its root context) as soon as its last stream is done. */
  close(): void {
    this.#closing = true;
    this.#maybeClose();
  }

  /** Makes a VM and starts the filter in it; `undefined` when all went well. For {@link createPlugin}. */
  load(): StartFailure | undefined {
    const vm = new Vm(this.#options.module, this.settings, this.ports);
    vm.start();
    if (vm.trap !== undefined) return startFailure(vm.trap);
    const root = new RootContext(vm);
    const started = root.start();
    if (vm.trap === undefined && !started) return { kind: 'refused', callback: 'on_vm_start' };
    const configured = vm.trap === undefined && root.configure();
    if (vm.trap !== undefined) {
      root.abandon();
      return startFailure(vm.trap);
    }
    if (!configured) {
      root.abandon();
      return { kind: 'refused', callback: 'on_configure' };
    }
    this.#root = root;
    return undefined;
  }

  /** The context for a new stream or connection to belong to; `undefined`: the filter is bypassed. For streams. */
  open(): RootContext | undefined {
    this.#streams++;
    let root = this.#root as RootContext;
    if (root.vm.failed) {
      if (this.settings.onFailure === 'open') return undefined;
      if (this.settings.onFailure === 'reload') root = this.#reload(root);
    }
    return root;
  }

  /** One of its streams or connections is done. For streams. */
  closeStream(): void {
    this.#streams--;
    this.#maybeClose();
  }

  /**
   * Replaces a dead VM, at once the first time and then at most once per backoff
   * (envoy source/extensions/common/wasm/plugin.cc, FAIL_RELOAD). Until it works, the dead one answers 503.
   */
  #reload(dead: RootContext): RootContext {
    const now = this.ports.clock.monotonic();
    const backoff = BigInt(Math.round(this.settings.reloadBackoffMs * 1e6));
    if (this.#loadedAt !== undefined && now - this.#loadedAt < backoff) return dead;
    this.#loadedAt = now;
    dead.abandon();
    const failure = this.load();
    if (failure !== undefined) return dead;
    return this.#root as RootContext;
  }

  #maybeClose(): void {
    if (!this.#closing || this.#streams > 0 || this.#closed) return;
    this.#closed = true;
    this.#root?.finish();
  }
}

function startFailure(trap: Trap): StartFailure {
  if (trap.callback === 'instantiation') return { kind: 'not-loadable', reason: trap.reason };
  return { kind: 'trapped', callback: trap.callback, message: trap.message, trap };
}
