import type { WorkloadId } from '@wasmcast/core';
import type { Kind } from './api/kinds.ts';
import type { Meta, PodObject, WorkloadObject } from './api/objects.ts';
import type { OwnedIndex } from './compile/owned.ts';
import type { ImageKind } from './versions/knowledge.ts';
import type { Release } from './versions/release.ts';

/** A workload with its pods, as the API server has them. */
export interface NativeWorkload {
  readonly id: WorkloadId;
  readonly object: WorkloadObject;
  readonly pods: readonly PodObject[];
}

/** A ConfigMap of the fleet that holds a module, known by its name; its content was not read. */
export interface OwnedModule {
  readonly namespace: string;
  readonly metadata: Meta;
}

/** Anything else in a namespace whose pods a selector might reach by mistake: `Deployment/x`, `pod y`. */
export interface Neighbour {
  readonly namespace: string;
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
}

/** What we may do. */
export interface Rights {
  /** False only if the API server said so. */
  may(verb: string, kind: Pick<Kind, 'group' | 'resource'>, namespace: string): boolean;
}

/** Versions behind one revision of Istio, as far as they could be found out. */
export interface MeshVersion {
  /** Release of its istiod; undefined: unknown. */
  readonly istio: Release | undefined;
  /** True if nothing said so but the version of its Envoy. */
  readonly isGuess?: boolean;
  /** Release of one of its sidecars, by its own word. */
  readonly proxy?: Release;
  /** `1.40.0` */
  readonly envoy: string | undefined;
}

/** What `observe` saw, for `compile`: `Observed.native` of this target. */
export interface Native {
  readonly fleet: string;
  /** By workload address. */
  readonly workloads: ReadonlyMap<string, NativeWorkload>;
  /** By namespace. */
  readonly neighbours: ReadonlyMap<string, readonly Neighbour[]>;
  /** True if workloads of the root namespace are meant; then the neighbours are those of all namespaces. */
  readonly reachesAll: boolean;
  readonly owned: OwnedIndex;
  readonly modules: readonly OwnedModule[];
  /** Probes that a process left behind when it was killed. */
  readonly leftProbes: readonly PodObject[];
  /** Labels by name; undefined: there is no such namespace, or we may not look. */
  readonly namespaces: ReadonlyMap<string, Readonly<Record<string, string>> | undefined>;
  readonly rights: Rights;
  /** True if the API server serves TrafficExtension at all. */
  readonly hasTrafficExtension: boolean;
  /** By `istio.io/rev` of the pods. */
  readonly versions: ReadonlyMap<string, MeshVersion>;
}

/** How a target was declared. */
export interface IstioSettings {
  readonly target: string;
  readonly stateNamespace: string;
  /** `auto`: what the workload has already, else the newest kind that its istiod knows. */
  readonly imageResource: ImageKind | 'auto';
}

/** Objects in this namespace apply to the whole mesh. */
export const rootNamespace = 'istio-system';

const revisionLabel = 'istio.io/rev';

/**
 * The revision of Istio that a workload's pods were injected by; where there are none, the one that will inject them: the
 * namespace has the last word, as in Istio's webhooks.
 */
export function revisionOf(workload: NativeWorkload, { namespaces }: Pick<Native, 'namespaces'>): string {
  for (const { metadata } of workload.pods) {
    const revision = metadata.annotations?.[revisionLabel] ?? metadata.labels?.[revisionLabel];
    if (revision !== undefined) return revision;
  }
  const ofNamespace = namespaces.get(workload.id.namespace) ?? {};
  const ofTemplate = workload.object.spec?.template?.metadata?.labels?.[revisionLabel];
  const isDefault = ofNamespace['istio-injection'] === 'enabled';
  return ofNamespace[revisionLabel] ?? (isDefault ? 'default' : (ofTemplate ?? 'default'));
}
