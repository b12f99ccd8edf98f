import {
  workloadAddress,
  type Capabilities,
  type Chain,
  type Change,
  type Compiled,
  type InstanceStats,
  type InstanceVerdict,
  type Observed,
  type ObserveQuery,
  type Sha256,
  type StatsQuery,
  type Step,
  type Target,
  type WorkloadId,
} from '@wasmcast/core';
import { ControlClient } from '../control/client.ts';
import { socketPathFor, type LocalTargetSpec } from '../control/socket-path.ts';
import type { MeshView, RunningService, RunningView, StatsView } from '../control/wire.ts';
import type { ModuleFragment } from '../fragments.ts';
import { compileChange } from './compile.ts';
import { LocalLock } from './local-lock.ts';
import { LocalRevisions } from './local-revisions.ts';
import { LocalRollouts } from './local-rollouts.ts';
import { serviceWorkload, toObserved } from './observed-mesh.ts';
import { judgeChain, judgeElsewhere } from './verdicts.ts';

/** The embedded mesh as a target: a client of the control socket of the process that runs it. */
export class LocalTarget implements Target {
  readonly name: string;
  readonly capabilities: Capabilities = {
    deliveries: ['embedded'],
    directions: ['inbound'],
    restartsInstances: false,
  };
  readonly lock: LocalLock;
  readonly revisions: LocalRevisions;
  readonly rollouts: LocalRollouts;
  readonly #client: ControlClient;
  /** Modules seen before; what a digest names never changes. */
  readonly #modules = new Map<string, ModuleFragment>();

  constructor(name: string, socketPath: string) {
    this.name = name;
    this.#client = new ControlClient(socketPath);
    this.lock = new LocalLock(this.#client);
    this.revisions = new LocalRevisions(this.#client);
    this.rollouts = new LocalRollouts(this.#client);
  }

  async observe(query: ObserveQuery, signal: AbortSignal): Promise<Observed> {
    const { fleet } = query;
    const search = new URLSearchParams({ fleet }).toString();
    const answer = await this.#client.call('GET', `/v1/mesh?${search}`, undefined, signal);
    const view = answer as unknown as MeshView;
    const modules: ModuleFragment[] = [];
    // One after the other: together they may be large.
    // oxlint-disable-next-line no-await-in-loop
    for (const { digest } of view.modules) modules.push(await this.#module(fleet, digest, signal));
    return toObserved(this.name, query, view, modules);
  }

  compile(change: Change, observed: Observed, modules: ReadonlyMap<Sha256, Uint8Array>): Compiled {
    return compileChange(change, observed, modules);
  }

  async apply(step: Step, signal: AbortSignal): Promise<void> {
    await this.#client.call('POST', '/v1/steps', step, signal);
  }

  async *verify(
    fleet: string,
    expected: readonly Chain[],
    signal: AbortSignal,
  ): AsyncIterable<InstanceVerdict> {
    const answer = await this.#client.call('GET', '/v1/running', undefined, signal);
    const view = answer as unknown as RunningView;
    const services = new Map(
      view.services.map((service) => [`${service.namespace}/${service.name}`, service]),
    );
    for (const chains of Map.groupBy(expected, (chain) => workloadAddress(chain.workload)).values()) {
      const workload = chains[0]?.workload as WorkloadId;
      const service =
        workload.kind === 'LocalService' ? services.get(`${workload.namespace}/${workload.name}`) : undefined;
      // Of a service that is not there nothing can be left either.
      if (service !== undefined || chains.some((chain) => chain.filters.length > 0))
        yield judgeInstance(fleet, workload, chains, service, view);
    }
  }

  async *measure(queries: readonly StatsQuery[], signal: AbortSignal): AsyncIterable<InstanceStats> {
    const answer = await this.#client.call('GET', '/v1/stats', undefined, signal);
    const view = answer as unknown as StatsView;
    const wanted = new Set(queries.map(({ workload }) => workloadAddress(workload)));
    for (const { namespace, name, ...counts } of view.services) {
      const workload = serviceWorkload(this.name, { namespace, name });
      // A service does not outlive its daemon, and answers while that does.
      if (wanted.has(workloadAddress(workload)))
        yield { instance: { workload, name, uid: view.daemon }, ...counts, restarts: 0, ready: true };
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    // Every call has a connection of its own; nothing stays open.
  }

  async #module(fleet: string, digest: Sha256, signal: AbortSignal): Promise<ModuleFragment> {
    const key = `${fleet}/${digest}`;
    const known = this.#modules.get(key);
    if (known !== undefined) return known;
    const search = new URLSearchParams({ fleet, digest }).toString();
    const bytes = await this.#client.bytes(`/v1/module?${search}`, signal);
    const module: ModuleFragment = {
      kind: 'module',
      fleet,
      digest,
      size: bytes.length,
      bytes: bytes.toString('base64'),
    };
    this.#modules.set(key, module);
    return module;
  }
}

/** Connects to the embedded mesh of a manifest; nothing is sent before the first call. */
export function connectLocal(spec: LocalTargetSpec, socketPath = socketPathFor(spec)): LocalTarget {
  return new LocalTarget(spec.name, socketPath);
}

function judgeInstance(
  fleet: string,
  workload: WorkloadId,
  chains: readonly Chain[],
  service: RunningService | undefined,
  view: RunningView,
): InstanceVerdict {
  const [proxyVersion] = view.versions;
  const inbound = chains.filter((chain) => chain.direction === 'inbound').flatMap((chain) => chain.filters);
  return {
    instance: { workload, name: workload.name, uid: view.daemon },
    ...(proxyVersion === undefined ? {} : { proxyVersion }),
    filters:
      service === undefined
        ? judgeElsewhere(chains, 'the embedded mesh has no such service')
        : [
            ...judgeChain(fleet, inbound, service.filters),
            ...judgeElsewhere(
              chains.filter((chain) => chain.direction !== 'inbound'),
              'an embedded service has inbound chains only',
            ),
          ],
  };
}
