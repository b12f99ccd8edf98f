import { createHash } from 'node:crypto';
import { RootContext } from '../context/root-context.ts';
import type { LogEntry, ProxyThread } from '../ports/ports.ts';
import { Vm } from '../vm/vm.ts';
import { LastLines } from './last-lines.ts';
import { startRoot, startVm, type PluginParts, type StartFailure } from './load-root.ts';
import { Plugin } from './plugin.ts';
import { resolvePorts, resolveSettings, type PluginOptions } from './settings.ts';
import { pluginKey, vmKey, VmThread } from './vm-thread.ts';

/** What {@link ProxyWorkers.load} gives: the plugin once per worker, and in the main thread, where no stream ever runs. */
export type WorkersResult =
  | { readonly kind: 'ready'; readonly workers: readonly Plugin[]; readonly main: Plugin }
  | WorkersFailure;

/** Why a filter does not start, and the last lines that it logged when it was tried, be that earlier. */
export type WorkersFailure = StartFailure & { readonly logs: readonly LogEntry[] };

/** How many results of trial starts are kept. */
const maxTried = 10_000;

/**
 * The threads of one proxy, as Envoy runs a filter in them: a base VM that is only initialized; a trial that starts and
 * configures the plugin, and decides whether the configuration is accepted; then the main thread and every worker, which
 * each start and configure it again in a VM of their own. They are VMs here, not threads: all run in the caller's.
 * (cpp-host src/wasm.cc createWasm, WasmHandleBase::canary, getOrCreateThreadLocalPlugin.)
 */
export class ProxyWorkers {
  readonly main = new VmThread();
  readonly workers: readonly VmThread[];
  readonly #bases = new Set<string>();
  readonly #tried = new Map<string, WorkersFailure | undefined>();

  /** `count`: Envoy's --concurrency. */
  constructor(count: number) {
    this.workers = Array.from({ length: count }, () => new VmThread());
  }

  /** Loads a filter into all threads. The ports are shared by them; `log` hears of every start. */
  load(options: Omit<PluginOptions, 'thread'>): WorkersResult {
    const settings = resolveSettings(options);
    const ports = resolvePorts(options);
    const partsOf = (thread: ProxyThread): PluginParts => {
      const log = (entry: LogEntry): void => ports.log({ ...entry, thread });
      return { module: options.module, settings, ports: { ...ports, log } };
    };
    const failure = this.#startBase(partsOf('base')) ?? this.#try(partsOf('trial'));
    if (failure !== undefined) return failure;
    const load = (thread: VmThread, parts: PluginParts): Plugin => {
      const root = thread.acquire(parts);
      if (root instanceof RootContext) return new Plugin(parts, thread, root);
      parts.ports.log(notStarted(settings.name, root));
      return new Plugin(parts, thread, undefined);
    };
    const main = load(this.main, partsOf('main'));
    return { kind: 'ready', main, workers: this.workers.map((each) => load(each, partsOf('worker'))) };
  }

  #startBase(parts: PluginParts): WorkersFailure | undefined {
    const key = vmKey(parts);
    if (this.#bases.has(key)) return undefined;
    const last = new LastLines();
    const vm = startVm(last.of(parts));
    if (!(vm instanceof Vm)) return { ...vm, logs: last.entries };
    this.#bases.add(key);
    return undefined;
  }

  /** A plugin is tried once. Its trial VM goes without on_done or on_delete. */
  #try(parts: PluginParts): WorkersFailure | undefined {
    const key = createHash('sha256')
      .update(`${vmKey(parts)} ${pluginKey(parts)}`)
      .digest('hex');
    if (this.#tried.has(key)) return this.#tried.get(key);
    const last = new LastLines();
    const heard = last.of(parts);
    const vm = startVm(heard);
    if (!(vm instanceof Vm)) return { ...vm, logs: last.entries };
    const root = startRoot(vm, heard);
    vm.dispose();
    const failure = root instanceof RootContext ? undefined : { ...root, logs: last.entries };
    // Envoy remembers what on_configure said, and tries again what failed earlier.
    if (failure === undefined || (failure.kind === 'refused' && failure.callback === 'on_configure')) {
      if (this.#tried.size < maxTried) this.#tried.set(key, failure);
    }
    return failure;
  }
}

function notStarted(plugin: string, failure: StartFailure): LogEntry {
  const why =
    failure.kind === 'refused'
      ? `${failure.callback} returned false`
      : failure.kind === 'trapped'
        ? failure.message
        : failure.reason;
  const message = `the filter, which had started before, did not start in another thread (${why}): Envoy passes it by there`;
  return { level: 'error', source: 'host', plugin, message };
}
