import {
  selects,
  type Observed,
  type ObservedWorkload,
  type ObserveQuery,
  type WorkloadId,
} from '@wasmcast/core';
import type { MeshView } from '../control/wire.ts';
import type { ChainFragment, ModuleFragment } from '../fragments.ts';

/** What the local target itself reads in {@link Observed.native}. */
export interface NativeMesh {
  readonly kind: 'local';
  /** The fleet that was asked for. */
  readonly fleet: string;
  readonly services: readonly NativeService[];
  /** The modules that the fleet holds, with their bytes, so that a step that drops one can be undone. */
  readonly modules: readonly ModuleFragment[];
}

/** A service as `compile` sees it. */
export interface NativeService {
  readonly namespace: string;
  readonly name: string;
  readonly version: string;
  /** The fleet's chain; null: it has none. */
  readonly fragment: ChainFragment | null;
}

/** Identity of a service's workload. */
export function serviceWorkload(target: string, service: { namespace: string; name: string }): WorkloadId {
  return { target, namespace: service.namespace, kind: 'LocalService', name: service.name };
}

/** What the daemon told, in the words of core: the services that are asked for, and those that the fleet is on. */
export function toObserved(
  target: string,
  query: ObserveQuery,
  view: MeshView,
  modules: readonly ModuleFragment[],
): Observed {
  const native: NativeMesh = { kind: 'local', fleet: query.fleet, services: view.services, modules };
  return {
    target,
    workloads: view.services
      .map((service) => toWorkload(target, view, service))
      .filter(
        ({ id, labels, chains }) => chains.length > 0 || query.selectors.some((s) => selects(s, id, labels)),
      ),
    versions: view.versions,
    diagnostics: [],
    native,
  };
}

function toWorkload(target: string, view: MeshView, service: MeshView['services'][number]): ObservedWorkload {
  const id = serviceWorkload(target, service);
  return {
    id,
    labels: service.labels,
    instances: [{ workload: id, name: service.name, uid: view.daemon }],
    chains:
      service.fragment === null
        ? []
        : [{ workload: id, direction: 'inbound', filters: service.fragment.filters }],
    version: service.version,
  };
}
