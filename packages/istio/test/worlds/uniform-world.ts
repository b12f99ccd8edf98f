import type { Fleet } from '@wasmcast/core';
import type { KubeObject } from '@wasmcast/testbed';

/** How large a uniform world is: workloads spread evenly over namespaces, the same filters on each. */
export interface WorldSize {
  readonly workloads: number;
  readonly namespaces: number;
  readonly filters: number;
}

/** Deployments that have no pod, so that only the control plane is measured. */
export function uniformWorkloads(size: WorldSize): readonly KubeObject[] {
  return places(size).map(({ namespace, name }) => ({
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name, namespace },
    spec: {
      replicas: 0,
      selector: { matchLabels: { app: name } },
      template: {
        metadata: { labels: { app: name } },
        spec: { containers: [{ name: 'app', image: 'none' }] },
      },
    },
  }));
}

/** A fleet with a binding for each workload; its filters come from a registry, an object each. */
export function uniformFleet(name: string, size: WorldSize): Fleet {
  const filters = Array.from({ length: size.filters }, (_, i) => `filter-${i}`);
  return {
    name,
    filters: filters.map((filter) => ({
      name: filter,
      module: { kind: 'image', reference: `registry.example/${filter}` },
      rootId: '',
      vm: { id: undefined, allowPrecompiled: false, env: {} },
      config: { kind: 'json', value: { header: 'x-greeting', value: 'hello' } },
      onFailure: 'open',
      declaredIn: 'wasmcast.yaml',
    })),
    targets: [
      {
        kind: 'istio',
        name: 'mesh',
        context: undefined,
        stateNamespace: 'istio-system',
        imageResource: 'WasmPlugin',
        declaredIn: 'wasmcast.yaml',
      },
    ],
    bindings: places(size).map((place) => ({
      name: place.name,
      target: 'mesh',
      select: { namespace: place.namespace, kind: 'Deployment', name: place.name, labels: {} },
      direction: 'inbound',
      position: 'last',
      delivery: 'auto',
      chain: filters,
    })),
    rollout: {
      timeoutMs: 60_000,
      probe: 'off',
      waves: [],
      gates: [],
      maxRestarting: undefined,
      onFailure: 'rollback',
    },
  };
}

/** Names of its namespaces. */
export function uniformNamespaces({ namespaces }: WorldSize): readonly string[] {
  return Array.from({ length: namespaces }, (_, i) => `scale-${i}`);
}

function places(size: WorldSize): readonly { readonly namespace: string; readonly name: string }[] {
  const namespaces = uniformNamespaces(size);
  return Array.from({ length: size.workloads }, (_, i) => ({
    namespace: namespaces[i % namespaces.length] ?? '',
    name: `service-${i}`,
  }));
}
