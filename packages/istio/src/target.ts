import {
  type Capabilities,
  type Chain,
  type Change,
  type Compiled,
  type Diagnosis,
  type Diagnostic,
  type InstanceChains,
  type InstanceId,
  type InstanceStats,
  type InstanceVerdict,
  type Observed,
  type ObserveQuery,
  type PullSecret,
  type Rendered,
  type Sha256,
  type StatsQuery,
  type Step,
  type Target,
  workloadAddress,
  type WorkloadPlace,
} from '@wasmcast/core';
import { applyStep } from './apply/apply-step.ts';
import type { KubeClient } from './api/client.ts';
import { kinds } from './api/kinds.ts';
import type { ConfigMapObject, PodObject } from './api/objects.ts';
import { compile } from './compile/compile.ts';
import { render } from './compile/render.ts';
import { diagnose } from './doctor/diagnose.ts';
import { readClues } from './doctor/read-clues.ts';
import { readEffective } from './effective/read-effective.ts';
import { Meter } from './measure/meter.ts';
import type { IstioSettings, Native } from './native.ts';
import { observe } from './observe/observe.ts';
import { obstacles } from './observe/obstacles.ts';
import { listOwned, type OwnedList, type Places } from './observe/list-owned.ts';
import { readPullSecret } from './observe/pull-secret.ts';
import { readView } from './observe/read-view.ts';
import type { ClusterView } from './observe/read-workloads.ts';
import { Probing } from './probe/probing.ts';
import { LeaseLock } from './state/lease-lock.ts';
import { RevisionConfigMaps } from './state/revision-config-maps.ts';
import { RolloutConfigMap } from './state/rollout-config-map.ts';
import { ModuleBytes } from './verify/module-bytes.ts';
import { ProxyVersions } from './verify/proxy-versions.ts';
import type { Known } from './verify/read-pod.ts';
import { Reuse } from './reuse.ts';
import { verify } from './verify/verify.ts';

/** A mesh as a target. Made by `connectIstio`. */
export class IstioTarget implements Target {
  readonly name: string;
  readonly capabilities: Capabilities = {
    deliveries: ['configmap', 'image', 'http'],
    directions: ['inbound', 'outbound', 'gateway'],
    restartsInstances: true,
  };
  readonly lock: LeaseLock;
  readonly revisions: RevisionConfigMaps;
  readonly rollouts: RolloutConfigMap;
  readonly probing: Probing;
  readonly #client: KubeClient;
  readonly #settings: IstioSettings;
  readonly #known: Known;
  readonly #meter: Meter;
  readonly #view = new Reuse<ClusterView>();
  readonly #configMaps = new Reuse<OwnedList<ConfigMapObject>>();

  constructor(client: KubeClient, settings: IstioSettings) {
    this.name = settings.target;
    this.#client = client;
    this.#settings = settings;
    this.#known = { modules: new ModuleBytes(client), versions: new ProxyVersions() };
    this.#meter = new Meter(client);
    this.probing = new Probing(client, settings, this.#known);
    this.lock = new LeaseLock(client, settings.stateNamespace, () => this.#forget());
    this.revisions = new RevisionConfigMaps(client, settings.stateNamespace, this.name, {
      list: async (fleet, signal) => {
        const here = { present: [], former: async () => [] };
        const read = () => this.#listConfigMaps(fleet, here, signal);
        return (await this.#configMaps.take(fleet, read)).items;
      },
      changed: () => this.#configMaps.forget(),
    });
    this.rollouts = new RolloutConfigMap(client, settings.stateNamespace, this.name);
  }

  async observe(query: ObserveQuery, signal: AbortSignal): Promise<Observed> {
    signal.throwIfAborted();
    let known: Promise<readonly string[]> | undefined;
    const former = (): Promise<readonly string[]> =>
      (known ??= this.revisions.namespaces(query.fleet, signal));
    const places = { present: query.selectors.map((selector) => selector.namespace), former };
    const configMaps = (): Promise<OwnedList<ConfigMapObject>> =>
      this.#configMaps.fresh(query.fleet, () => this.#listConfigMaps(query.fleet, places, signal));
    const owned = { former, configMaps };
    const { observed, view } = await observe(this.#client, this.#settings, query, owned, signal);
    this.#view.keep(query.fleet, view);
    return observed;
  }

  compile(change: Change, observed: Observed, modules: ReadonlyMap<Sha256, Uint8Array>): Compiled {
    return compile(change, observed.native as Native, this.#settings, modules);
  }

  render(change: Change, observed: Observed, modules: ReadonlyMap<Sha256, Uint8Array>): Rendered {
    return render(change, observed.native as Native, this.#settings, modules);
  }

  obstacles(fleet: string, steps: readonly Step[], signal: AbortSignal): Promise<readonly Diagnostic[]> {
    return obstacles(this.#client, fleet, steps, signal);
  }

  async apply(
    step: Step,
    signal: AbortSignal,
    stillOurs: () => Promise<void> = async () => undefined,
  ): Promise<void> {
    signal.throwIfAborted();
    try {
      await applyStep(this.#client, step, stillOurs, signal);
    } finally {
      this.#forget();
      if (step.stage !== 'change') this.#known.modules.clear();
    }
  }

  async *verify(
    fleet: string,
    expected: readonly Chain[],
    signal: AbortSignal,
  ): AsyncIterable<InstanceVerdict> {
    signal.throwIfAborted();
    const needed = new Set(expected.map((chain) => chain.workload.namespace));
    const seen = this.#view.once(fleet);
    const view =
      seen !== undefined && [...needed].every((namespace) => seen.namespaces.includes(namespace))
        ? seen
        : await readView(this.#client, this.name, expected, signal);
    yield* verify(this.#client, this.#known, view, fleet, expected, signal);
  }

  pullSecret(namespace: string, name: string, signal: AbortSignal): Promise<PullSecret> {
    return readPullSecret(this.#client, namespace, name, signal);
  }

  measure(queries: readonly StatsQuery[], signal: AbortSignal): AsyncIterable<InstanceStats> {
    return this.#meter.measure(queries, signal);
  }

  async diagnose(
    fleet: string,
    expected: readonly Chain[],
    observed: Observed,
    signal: AbortSignal,
  ): Promise<Diagnosis> {
    const native = observed.native as Native;
    const verdicts: InstanceVerdict[] = [];
    for await (const verdict of this.verify(fleet, expected, signal)) verdicts.push(verdict);
    const podOf = ({ workload, uid }: InstanceId): PodObject | undefined =>
      native.workloads.get(workloadAddress(workload))?.pods.find(({ metadata }) => metadata.uid === uid);
    const clues = await readClues(this.#client, verdicts, podOf, signal);
    return diagnose({ fleet, expected, native, settings: this.#settings, verdicts, clues });
  }

  effective(workloads: readonly WorkloadPlace[], signal: AbortSignal): AsyncIterable<InstanceChains> {
    return readEffective(this.#client, this.name, workloads, signal);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#client.endpoint.close();
  }

  #forget(): void {
    this.#view.forget();
    this.#configMaps.forget();
  }

  async #listConfigMaps(
    fleet: string,
    places: Places,
    signal: AbortSignal,
  ): Promise<OwnedList<ConfigMapObject>> {
    const present = [...places.present, this.#settings.stateNamespace];
    const where = { present, former: () => places.former() };
    const list = await listOwned<ConfigMapObject>(this.#client, kinds.ConfigMap, fleet, where, signal);
    return list ?? { items: [], unseen: [] };
  }
}
