import { WasmcastError, type Sha256 } from '@wasmcast/core';
import type { ModuleFragment } from '../fragments.ts';
import type { FilterRuntime, LoadedModule } from './filter-runtime.ts';

/** Bytes of all modules together that a mesh keeps. */
const maxStoredBytes = 1024 * 1024 * 1024;

/** The modules of a mesh. Each fleet holds what it needs, so that no fleet can take away what another one is about to use. */
export class ModuleStore {
  readonly #runtime: Pick<FilterRuntime, 'load'>;
  readonly #modules = new Map<Sha256, { readonly module: LoadedModule; readonly holders: Set<string> }>();

  constructor(runtime: Pick<FilterRuntime, 'load'>) {
    this.#runtime = runtime;
  }

  /** The modules that a fleet holds. */
  heldBy(fleet: string): readonly LoadedModule[] {
    return [...this.#modules.values()]
      .filter(({ holders }) => holders.has(fleet))
      .map(({ module }) => module);
  }

  /** A module that a fleet holds. */
  find(fleet: string, digest: Sha256): LoadedModule | undefined {
    const entry = this.#modules.get(digest);
    return entry?.holders.has(fleet) === true ? entry.module : undefined;
  }

  /**
   * Stores a module for a fleet. Throws `WC-LOC-006` if its bytes are not those that it names, `WC-LOC-005` if they are no
   * module.
   */
  async add(fragment: ModuleFragment, signal: AbortSignal): Promise<void> {
    let entry = this.#modules.get(fragment.digest);
    if (entry === undefined) {
      const bytes = Buffer.from(fragment.bytes, 'base64');
      this.#checkRoom(bytes.length);
      const module = await this.#runtime.load(bytes, signal);
      if (module.digest !== fragment.digest)
        throw new WasmcastError(
          'WC-LOC-006',
          `the bytes of module ${fragment.digest.slice(0, 16)} have the digest ${module.digest.slice(0, 16)}`,
          { help: 'make the plan again', exit: 'invalid' },
        );
      // Somebody else may have brought it meanwhile.
      entry = this.#modules.get(fragment.digest) ?? { module, holders: new Set() };
      this.#modules.set(fragment.digest, entry);
    }
    entry.holders.add(fragment.fleet);
  }

  /** A fleet needs the module no more. */
  drop(fleet: string, digest: Sha256): void {
    const entry = this.#modules.get(digest);
    entry?.holders.delete(fleet);
    if (entry?.holders.size === 0) this.#modules.delete(digest);
  }

  #checkRoom(bytes: number): void {
    const stored = [...this.#modules.values()].reduce((sum, { module }) => sum + module.size, 0);
    if (stored + bytes > maxStoredBytes)
      throw new WasmcastError('WC-LOC-006', `the mesh keeps ${stored} bytes of modules and takes no more`, {
        help: 'remove a fleet, or stop the mesh and start it anew',
      });
  }
}
