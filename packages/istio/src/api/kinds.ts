/** A kind of object that this target reads or writes, and where the API server has it. */
export interface Kind {
  readonly kind: string;
  readonly apiVersion: string;
  /** Plural, as in paths and in RBAC rules. */
  readonly resource: string;
  /** API group, as in RBAC rules; empty for the core group. */
  readonly group: string;
}

function kindOf(apiVersion: string, kind: string, resource: string): Kind {
  const slash = apiVersion.indexOf('/');
  return { kind, apiVersion, resource, group: slash < 0 ? '' : apiVersion.slice(0, slash) };
}

export const kinds = {
  Namespace: kindOf('v1', 'Namespace', 'namespaces'),
  Pod: kindOf('v1', 'Pod', 'pods'),
  ConfigMap: kindOf('v1', 'ConfigMap', 'configmaps'),
  Deployment: kindOf('apps/v1', 'Deployment', 'deployments'),
  StatefulSet: kindOf('apps/v1', 'StatefulSet', 'statefulsets'),
  DaemonSet: kindOf('apps/v1', 'DaemonSet', 'daemonsets'),
  EnvoyFilter: kindOf('networking.istio.io/v1alpha3', 'EnvoyFilter', 'envoyfilters'),
  WasmPlugin: kindOf('extensions.istio.io/v1alpha1', 'WasmPlugin', 'wasmplugins'),
  TrafficExtension: kindOf('extensions.istio.io/v1alpha1', 'TrafficExtension', 'trafficextensions'),
  AuthorizationPolicy: kindOf('security.istio.io/v1', 'AuthorizationPolicy', 'authorizationpolicies'),
  RequestAuthentication: kindOf('security.istio.io/v1', 'RequestAuthentication', 'requestauthentications'),
  Event: kindOf('v1', 'Event', 'events'),
  Secret: kindOf('v1', 'Secret', 'secrets'),
  MutatingWebhookConfiguration: kindOf(
    'admissionregistration.k8s.io/v1',
    'MutatingWebhookConfiguration',
    'mutatingwebhookconfigurations',
  ),
  Lease: kindOf('coordination.k8s.io/v1', 'Lease', 'leases'),
} as const;

/** Kinds whose pods have sidecars that can be given filters. */
export const workloadKinds = ['Deployment', 'StatefulSet', 'DaemonSet'] as const;
export type IstioWorkloadKind = (typeof workloadKinds)[number];

/** Path of a collection, or of one object; without a namespace: the whole cluster's collection. */
export function pathOf(kind: Kind, namespace?: string, name?: string): string {
  const root = kind.group === '' ? `/api/${kind.apiVersion}` : `/apis/${kind.apiVersion}`;
  const scope = namespace === undefined ? '' : `/namespaces/${encodeURIComponent(namespace)}`;
  const object = name === undefined ? '' : `/${encodeURIComponent(name)}`;
  return `${root}${scope}/${kind.resource}${object}`;
}
