import { chainVersion } from '../fragments.ts';
import type { Mesh } from '../mesh/mesh.ts';
import type { MeshView, RunningView, StatsView } from './wire.ts';

/** What a fleet has in a mesh. */
export function fleetView(mesh: Mesh, fleet: string): MeshView {
  return {
    daemon: mesh.uid,
    versions: versions(),
    services: mesh.services.map(({ spec, port, chain }) => {
      const fragment = chain.fragment(fleet);
      return {
        namespace: spec.namespace,
        name: spec.name,
        labels: spec.labels,
        port,
        version: chainVersion(mesh.uid, fragment),
        fragment,
      };
    }),
    modules: mesh.modulesOf(fleet).map(({ digest, size }) => ({ digest, size })),
  };
}

/** The chains that requests meet now, from what their VMs were made of. */
export function runningView(mesh: Mesh): RunningView {
  return {
    daemon: mesh.uid,
    versions: versions(),
    services: mesh.services.map(({ spec, chain }) => ({
      namespace: spec.namespace,
      name: spec.name,
      filters: chain.current.leases.map(({ fleet, plugin: { module, settings, dead } }) => ({
        fleet,
        ...settings,
        moduleDigest: module.digest,
        ...(dead === undefined ? {} : { dead }),
      })),
    })),
  };
}

/** What the services counted since they started. */
export function statsView(mesh: Mesh): StatsView {
  return {
    daemon: mesh.uid,
    services: mesh.services.map(({ spec, chain, counters }) => {
      counters.look(chain.current.plugins);
      return { namespace: spec.namespace, name: spec.name, ...counters.counts };
    }),
  };
}

function versions(): readonly string[] {
  return [`Node ${process.versions.node}`, `V8 ${process.versions.v8}`];
}
