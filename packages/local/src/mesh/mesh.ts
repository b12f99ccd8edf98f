import { randomUUID } from 'node:crypto';
import { WasmcastError, type Sha256, type Step } from '@wasmcast/core';
import type { LocalTargetSpec } from '../control/socket-path.ts';
import type { StepOutcome } from '../control/wire.ts';
import {
  chainVersion,
  readFragment,
  type ChainFragment,
  type ModuleFragment,
  type ServiceName,
} from '../fragments.ts';
import { Recording, type TrafficRecorder } from '../record/recording.ts';
import { optional } from '../shape.ts';
import type { FilterRuntime, LoadedModule } from './filter-runtime.ts';
import { defaultLimits, type MeshLimits } from './limits.ts';
import { ModuleStore } from './module-store.ts';
import { Service } from './service.ts';
import { expectFragment, type ChainHost } from './service-chain.ts';

/** What a mesh tells while it runs. `service` is `namespace/name`. */
export type MeshEvent =
  | {
      readonly type: 'filter-log';
      readonly service: string;
      /** `fleet/name`. */
      readonly filter: string;
      /** `trace`, `debug`, `info`, `warn`, `error` or `critical`. */
      readonly level: string;
      readonly message: string;
    }
  /** A request was cut off by a bug in the mesh itself. */
  | { readonly type: 'fault'; readonly service: string; readonly message: string };

/** How a mesh is made. */
export interface MeshOptions {
  /** Makes what runs the filters of one service: services are proxies of their own, that share nothing. */
  readonly newRuntime: () => FilterRuntime;
  readonly limits?: MeshLimits;
  readonly onEvent?: (event: MeshEvent) => void;
  /** Gets the traffic. */
  readonly recorder?: TrafficRecorder;
}

/** The services of one embedded mesh with all that fleets have put into them. */
export class Mesh implements AsyncDisposable {
  /** Random for each start: tells instances, and the state of a mesh, from those of an earlier start. */
  readonly uid = randomUUID();
  readonly name: string;
  readonly #services = new Map<string, Service>();
  readonly #modules: ModuleStore;

  private constructor(name: string, modules: ModuleStore) {
    this.name = name;
    this.#modules = modules;
  }

  /** Starts all services, or none. Throws `WC-LOC-009` for a port that is taken. */
  static async start(spec: LocalTargetSpec, options: MeshOptions): Promise<Mesh> {
    const mesh = new Mesh(spec.name, new ModuleStore(options.newRuntime()));
    const recording = options.recorder && new Recording(options.recorder);
    const limits = options.limits ?? defaultLimits;
    try {
      for (const service of spec.services) {
        const key = keyOf(service);
        if (mesh.#services.has(key))
          throw new WasmcastError('WC-LOC-011', `the service ${key} is declared twice`, { exit: 'invalid' });
        const host: ChainHost = {
          runtime: options.newRuntime(),
          module: (fleet, digest) => mesh.#module(fleet, digest),
          log: (fleet, filter, line) =>
            options.onEvent?.({ type: 'filter-log', service: key, filter: `${fleet}/${filter}`, ...line }),
          fault: (error) => options.onEvent?.({ type: 'fault', service: key, message: describeFault(error) }),
        };
        mesh.#services.set(key, await Service.start(service, host, limits, recording));
      }
      return mesh;
    } catch (error) {
      await mesh[Symbol.asyncDispose]();
      throw error;
    }
  }

  /** The services, in the order of the specification. */
  get services(): readonly Service[] {
    return [...this.#services.values()];
  }

  /** The modules that a fleet holds. */
  modulesOf(fleet: string): readonly LoadedModule[] {
    return this.#modules.heldBy(fleet);
  }

  /** The bytes of a module that a fleet holds. */
  moduleBytes(fleet: string, digest: Sha256): Uint8Array | undefined {
    return this.#modules.find(fleet, digest)?.bytes;
  }

  /** Does a step of `compileChange`; idempotent. Throws `WC-LOC-004` when neither `before` nor `after` stands here. */
  async apply(step: Step, signal: AbortSignal): Promise<StepOutcome> {
    const before = readFragment(step.before);
    const after = readFragment(step.after);
    const fragment = after ?? before;
    if (fragment === null) return { outcome: 'already' };
    if (before !== null && after !== null && !sameObject(before, after))
      throw new WasmcastError('WC-LOC-007', 'before and after of the step are not of the same object');
    const done =
      fragment.kind === 'module'
        ? await this.#applyModule(fragment, after !== null, signal)
        : await this.#applyChain(
            step,
            before as ChainFragment | null,
            after as ChainFragment | null,
            fragment,
          );
    return { outcome: done ? 'done' : 'already' };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.services.map((service) => service[Symbol.asyncDispose]()));
  }

  async #applyModule(fragment: ModuleFragment, present: boolean, signal: AbortSignal): Promise<boolean> {
    const { fleet, digest } = fragment;
    const there = this.#modules.find(fleet, digest) !== undefined;
    if (there === present) return false;
    if (present) {
      await this.#modules.add(fragment, signal);
      return true;
    }
    const user = this.services.find(({ chain }) => chain.uses(fleet, digest));
    if (user !== undefined)
      throw new WasmcastError(
        'WC-LOC-008',
        `the module ${digest.slice(0, 16)} is still in the chain of ${keyOf(user.spec)}`,
        { help: 'make the plan again' },
      );
    this.#modules.drop(fleet, digest);
    return true;
  }

  #applyChain(
    step: Step,
    before: ChainFragment | null,
    after: ChainFragment | null,
    { fleet, service: name }: ChainFragment,
  ): Promise<boolean> {
    const service = this.#services.get(keyOf(name));
    if (service === undefined)
      throw new WasmcastError('WC-LOC-004', `the mesh has no service ${keyOf(name)} any more`, {
        help: 'make the plan again',
      });
    const moved = (): Error =>
      new WasmcastError('WC-LOC-004', `the chain of ${keyOf(name)} is not as the plan saw it`, {
        help: 'somebody changed it meanwhile, or the mesh was started anew: make the plan again',
      });
    const unchanged = expectFragment(before, after, moved);
    const planned = step.precondition === null ? undefined : optional(step.precondition, 'version');
    return service.chain.replace(fleet, after, (now) => {
      if (!unchanged(now)) return false;
      if (planned !== undefined && planned !== chainVersion(this.uid, now)) throw moved();
      return true;
    });
  }

  #module(fleet: string, digest: Sha256): LoadedModule {
    const module = this.#modules.find(fleet, digest);
    if (module !== undefined) return module;
    throw new WasmcastError('WC-LOC-006', `the mesh does not have the module ${digest.slice(0, 16)}`, {
      help: 'make the plan again',
    });
  }
}

function sameObject(a: ChainFragment | ModuleFragment, b: ChainFragment | ModuleFragment): boolean {
  if (a.fleet !== b.fleet) return false;
  if (a.kind === 'module') return b.kind === 'module' && a.digest === b.digest;
  return b.kind === 'chain' && keyOf(a.service) === keyOf(b.service);
}

function keyOf({ namespace, name }: ServiceName): string {
  return `${namespace}/${name}`;
}

function describeFault(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
