import type { ClusterInfo } from '../cluster/cluster.ts';
import type { KubeObject } from '../kube-client.ts';
import { echoBootstrap } from './echo-app.ts';

/** What a test's workload looks like. */
export interface WorkloadSpec {
  readonly kind?: 'Deployment' | 'StatefulSet' | 'DaemonSet';
  readonly namespace: string;
  readonly name: string;
  /** Labels of its pods, by which it selects them; default `{app: <name>}`. */
  readonly labels?: Readonly<Record<string, string>>;
  /** Default 1; a DaemonSet has as many as there are nodes: 1. */
  readonly replicas?: number;
  /** Annotations of its pods. */
  readonly annotations?: Readonly<Record<string, string>>;
  /** False: its sidecar keeps no counters of requests. */
  readonly counted?: boolean;
  /** Replaces `strategy` (Deployment) or `updateStrategy` (the others). */
  readonly strategy?: Readonly<Record<string, unknown>>;
}

/** Istio's own Envoy keeps Istio's metrics; any other one counts requests if its pod says so. */
const counters = { 'sidecar.istio.io/statsInclusionRegexps': String.raw`http\.([iI]n|out)bound.*` };

/** The port on which every workload answers. */
export const workloadPort = 8080;

/** A namespace, by default one whose pods get a sidecar. */
export function namespaceObject(name: string, options: { readonly injection?: boolean } = {}): KubeObject {
  const labels = options.injection === false ? {} : { 'istio-injection': 'enabled' };
  return { apiVersion: 'v1', kind: 'Namespace', metadata: { name, labels } };
}

/**
 * A workload whose pods answer every request with what has arrived at them (see {@link EchoAnswer}): so what filters do to
 * a request can be seen, and what they do to the answer as well. It is one object, without volumes of its own.
 */
export function workloadObject(cluster: ClusterInfo, spec: WorkloadSpec): KubeObject {
  const { kind = 'Deployment', namespace, name, labels = { app: name }, replicas = 1 } = spec;
  const strategy = strategyOf(kind, spec.strategy);
  return {
    apiVersion: 'apps/v1',
    kind,
    metadata: { name, namespace, labels },
    spec: {
      ...(kind === 'DaemonSet' ? {} : { replicas }),
      ...(kind === 'StatefulSet' ? { serviceName: name, podManagementPolicy: 'Parallel' } : {}),
      ...strategy,
      selector: { matchLabels: labels },
      template: {
        metadata: {
          labels,
          annotations: { ...(spec.counted === false ? {} : counters), ...spec.annotations },
        },
        spec: podSpec(cluster, name),
      },
    },
  };
}

function podSpec(cluster: ClusterInfo, name: string): Readonly<Record<string, unknown>> {
  return {
    terminationGracePeriodSeconds: 3,
    // There is no DNS in the cluster, and istiod runs beside it.
    hostAliases: [{ ip: cluster.istiod.address, hostnames: ['istiod.istio-system.svc'] }],
    containers: [
      {
        name: 'app',
        image: cluster.images.proxy,
        command: ['/usr/local/bin/envoy'],
        args: ['--config-yaml', JSON.stringify(echoBootstrap(name, workloadPort)), '--concurrency', '1'],
        ports: [{ containerPort: workloadPort, name: 'http' }],
        resources: { requests: { cpu: '1m', memory: '20Mi' } },
        readinessProbe: { httpGet: { path: '/', port: workloadPort }, periodSeconds: 1 },
      },
    ],
  };
}

function strategyOf(
  kind: 'Deployment' | 'StatefulSet' | 'DaemonSet',
  given: Readonly<Record<string, unknown>> | undefined,
): Readonly<Record<string, unknown>> {
  if (!given) return {};
  return kind === 'Deployment' ? { strategy: given } : { updateStrategy: given };
}
