import { createHash } from 'node:crypto';
import { RootContext } from '../context/root-context.ts';
import { Vm } from '../vm/vm.ts';
import { startRoot, startVm, type PluginParts, type StartFailure } from './load-root.ts';

/** The key of a VM: plugins for which it is the same share one (cpp-host src/wasm.cc makeVmKey). */
export function vmKey({ module, settings }: PluginParts): string {
  const hash = createHash('sha256').update(settings.vmId).update('||').update(settings.vmConfiguration);
  return hash.update('||').update(module.digest).digest('hex');
}

/** The key of a plugin within its VM: filters for which it is the same share one root context (envoy createPluginKey). */
export function pluginKey({ settings }: PluginParts): string {
  const { name, rootId, configuration } = settings;
  return JSON.stringify([name, rootId, Buffer.from(configuration).toString('latin1')]);
}

/** A VM of a thread, with the plugins that are in it. */
interface Shared {
  readonly vm: Vm;
  readonly roots: Map<string, { readonly root: RootContext; users: number }>;
}

/**
 * The VMs of one thread of a proxy. Plugins of the same key share one, as long as it lives: a dead one is left to those
 * who are in it (cpp-host src/wasm.cc getOrCreateThreadLocalWasm, getOrCreateThreadLocalPlugin).
 */
export class VmThread {
  readonly #vms = new Map<string, Shared>();
  readonly #homes = new Map<RootContext, Shared>();

  /** How many VMs it has that live. */
  get size(): number {
    return [...this.#vms.values()].filter(({ vm }) => !vm.failed).length;
  }

  /** Finds the plugin in this thread, or starts it, in a VM that is there or in a new one. */
  acquire(parts: PluginParts): RootContext | StartFailure {
    const key = vmKey(parts);
    let shared = this.#vms.get(key);
    if (shared === undefined || shared.vm.failed) {
      const vm = startVm(parts);
      if (!(vm instanceof Vm)) return vm;
      shared = { vm, roots: new Map() };
      this.#vms.set(key, shared);
    }
    const known = shared.roots.get(pluginKey(parts));
    if (known !== undefined) {
      known.users++;
      return known.root;
    }
    const root = startRoot(shared.vm, parts);
    if (root instanceof RootContext) {
      shared.roots.set(pluginKey(parts), { root, users: 1 });
      this.#homes.set(root, shared);
    } else if (shared.roots.size === 0) {
      this.#vms.delete(key);
      shared.vm.dispose();
    }
    return root;
  }

  /**
   * Somebody who acquired it needs it no more. With the last one the plugin ends; with the last plugin the VM. A plugin
   * that has asked for time by on_done gets it only while others keep the VM.
   */
  release(root: RootContext): void {
    const shared = this.#homes.get(root);
    const entry = shared && [...shared.roots].find(([, { root: other }]) => other === root);
    if (shared === undefined || entry === undefined || --entry[1].users > 0) return;
    shared.roots.delete(entry[0]);
    this.#homes.delete(root);
    root.finish();
    if (shared.roots.size > 0) return;
    for (const [key, other] of this.#vms) if (other === shared) this.#vms.delete(key);
    // By the specification a plugin that has asked for time keeps its VM.
    if (root.waits && !shared.vm.quirk('done-not-awaited', 'on_done returned false')) return;
    shared.vm.dispose();
  }
}
