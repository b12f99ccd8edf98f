import { type Diagnostic, workloadAddress } from '@wasmcast/core';
import type { PodObject } from '../api/objects.ts';
import { type Native, type NativeWorkload, rootNamespace } from '../native.ts';
import { wantedPods } from '../observe/pods.ts';
import { codes, refuse, remark } from './fault.ts';

type Labels = Readonly<Record<string, string>>;

/** What kind of proxy a workload's pods have, by their template. */
export function proxyRole(workload: NativeWorkload): 'sidecar' | 'gateway' | 'waypoint' {
  const template = workload.object.spec?.template?.metadata;
  const labels: Labels = { ...workload.object.metadata.labels, ...template?.labels };
  if (labels['gateway.istio.io/managed']?.includes('mesh-controller') === true) return 'waypoint';
  const templates = template?.annotations?.['inject.istio.io/templates'] ?? '';
  const isGateway =
    templates.split(',').some((name) => name.trim() === 'gateway') ||
    labels['gateway.networking.k8s.io/gateway-name'] !== undefined ||
    ['ingressgateway', 'egressgateway'].includes(labels['istio'] ?? '');
  return isGateway ? 'gateway' : 'sidecar';
}

/** Why filters cannot, or not yet, work on a workload, whatever they are. */
export function workloadFaults(workload: NativeWorkload, native: Native): readonly Diagnostic[] {
  const subject = workloadAddress(workload.id);
  const { namespace } = workload.id;
  if (namespace === rootNamespace && !native.reachesAll) {
    return [
      refuse(
        codes.rootNamespace,
        subject,
        `an object in ${namespace}, the root namespace, applies to pods of every namespace`,
        'move the workload into a namespace of its own, or write `rootNamespace: true` into its selector if that is meant',
      ),
    ];
  }
  const role = proxyRole(workload);
  if (role === 'waypoint') {
    return [
      refuse(
        codes.waypoint,
        subject,
        `${workload.id.name} is a waypoint: Istio ignores selectors there`,
        'put the filter on the workloads behind it, which need sidecars',
      ),
    ];
  }
  const template = workload.object.spec?.template;
  if (template?.spec?.hostNetwork === true) {
    return [
      refuse(
        codes.hostNetwork,
        subject,
        `the pods of ${workload.id.name} use the host's network: Istio injects no sidecar there`,
        'take hostNetwork out of the pod template',
      ),
    ];
  }
  if (Object.keys(workload.object.spec?.selector?.matchLabels ?? {}).length === 0) {
    return [
      refuse(
        codes.noSelector,
        subject,
        `the selector of ${workload.id.name} has no matchLabels, which is what Istio selects by`,
        'give the workload a selector with matchLabels',
      ),
    ];
  }
  return [
    ...(namespace === rootNamespace ? rootFaults(workload, native, subject) : []),
    ...(role === 'gateway' ? [] : injectionFaults(workload, native, subject)),
    ...instanceRemarks(workload, subject),
  ];
}

/** What selects here selects in all namespaces, whatever carries it. */
function rootFaults(workload: NativeWorkload, native: Native, subject: string): readonly Diagnostic[] {
  const overlap = overlapFault(workload, native);
  return [
    overlap ??
      remark(
        codes.rootNamespace,
        subject,
        `pods of any namespace that come to have the labels of ${workload.id.name} get its filters too; none has them now`,
        `keep the labels of ${workload.id.name} for itself`,
      ),
  ];
}

/** Nothing is called live that was not seen live: where nothing runs, that all is as wanted says nothing. */
function instanceRemarks({ id, object, pods }: NativeWorkload, subject: string): readonly Diagnostic[] {
  if (pods.length > 0 || wantedPods(id.kind, object) > 0) return [];
  return [
    remark(
      codes.noInstances,
      subject,
      `${id.name} has 0 of 0 instances: nothing can be seen live there`,
      'run `wasmcast verify` when it has been scaled up',
    ),
  ];
}

function injectionFaults(workload: NativeWorkload, native: Native, subject: string): readonly Diagnostic[] {
  const running = workload.pods.filter((pod) => pod.metadata.deletionTimestamp === undefined);
  if (running.length > 0 && running.every(hasProxy)) return [];
  const namespaceLabels = native.namespaces.get(workload.id.namespace);
  if (willBeInjected(workload, namespaceLabels)) {
    if (running.length === 0) return [];
    return [
      remark(
        codes.notInjectedYet,
        subject,
        `${running.filter((pod) => !hasProxy(pod)).length} of ${running.length} pods of ${workload.id.name} have no sidecar yet`,
        'restart the workload: sidecars are injected when pods are created',
      ),
    ];
  }
  if (running.some(hasProxy)) return [];
  // Without a look at the namespace's labels and without pods there is nothing to judge by.
  if (namespaceLabels === undefined && running.length === 0) return [];
  return [
    refuse(
      codes.noInjection,
      subject,
      `Istio injects no sidecar into the pods of ${workload.id.name}`,
      `label the namespace (kubectl label namespace ${workload.id.namespace} istio-injection=enabled) and restart the workload`,
    ),
  ];
}

/** True if Istio would inject a sidecar into a new pod of the workload. */
export function willBeInjected(workload: NativeWorkload, namespaceLabels: Labels = {}): boolean {
  const template = workload.object.spec?.template?.metadata;
  const choice =
    template?.labels?.['sidecar.istio.io/inject'] ?? template?.annotations?.['sidecar.istio.io/inject'];
  if (choice !== undefined) return choice === 'true';
  if (template?.labels?.['istio.io/rev'] !== undefined) return true;
  const whole = namespaceLabels['istio-injection'];
  if (whole !== undefined) return whole === 'enabled';
  return namespaceLabels['istio.io/rev'] !== undefined;
}

/** True if a pod has a sidecar, as an ordinary container or as a native one. */
export function hasProxy(pod: PodObject): boolean {
  return [...(pod.spec?.containers ?? []), ...(pod.spec?.initContainers ?? [])].some(
    (container) => container.name === 'istio-proxy',
  );
}

/** Pods that are not the workload's but that its labels select as well: an object for it would reach them too. */
export function overlapFault(workload: NativeWorkload, native: Native): Diagnostic | undefined {
  const wanted = Object.entries(workload.object.spec?.selector?.matchLabels ?? {});
  const { namespace, kind, name } = workload.id;
  const near =
    namespace === rootNamespace
      ? [...native.neighbours.values()].flat()
      : (native.neighbours.get(namespace) ?? []);
  const reached = near.filter(
    (other) =>
      !(other.namespace === namespace && other.name === `${kind}/${name}`) &&
      wanted.every(([key, value]) => other.labels[key] === value),
  );
  if (reached.length === 0) return undefined;
  const names = reached
    .slice(0, 5)
    .map((other) => (other.namespace === namespace ? other.name : `${other.namespace}/${other.name}`));
  return refuse(
    codes.selectorOverlaps,
    workloadAddress(workload.id),
    `the labels that select ${name} select pods of ${names.join(', ')} too, which would get the same filters`,
    namespace === rootNamespace
      ? 'give the workload a label that no other has'
      : 'deliver by configmap, which selects by a label of its own, or give the workload a label that no other has',
  );
}
