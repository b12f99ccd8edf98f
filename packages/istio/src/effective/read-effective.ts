import { type InstanceChains, type InstanceId, type WorkloadPlace, WasmcastError } from '@wasmcast/core';
import type { KubeClient } from '../api/client.ts';
import { kinds, workloadKinds } from '../api/kinds.ts';
import type { PodObject } from '../api/objects.ts';
import { inOrderOfCompletion } from '../in-order-of-completion.ts';
import { hasEnded, workloadOfPod } from '../observe/pods.ts';
import { listIn } from '../observe/read-cluster.ts';
import { openAdmin } from '../verify/admin.ts';
import { readEcds, readListeners } from '../verify/dump.ts';
import { adminPage, maxPageBytes, podsAtATime, readMs, stateOf } from '../verify/read-pod.ts';
import { readServerInfo } from '../verify/server-info.ts';
import { effectiveChains } from './effective.ts';
import { readLayout } from './layout.ts';
import { readSources, type Sources } from './sources.ts';

/**
 * Every filter of every pod of these workloads, from the proxies themselves, at most {@link podsAtATime} at a time. A pod
 * that cannot be read has no chains and says why. Throws `WC-IST-061` for a name that no pod belongs to.
 */
export async function* readEffective(
  client: KubeClient,
  target: string,
  places: readonly WorkloadPlace[],
  signal: AbortSignal,
): AsyncIterable<InstanceChains> {
  const namespaces = [...new Set(places.map(({ namespace }) => namespace))].toSorted();
  const [pods, sources] = await Promise.all([
    listIn<PodObject>(client, kinds.Pod, namespaces, signal),
    readSources(client, namespaces, signal),
  ]);
  const tasks = places.flatMap((place) => {
    const found = pods.flatMap((pod) => instanceOf(target, place, pod) ?? []);
    if (found.length === 0) throw nobody(place, target);
    return found;
  });
  yield* inOrderOfCompletion(tasks, podsAtATime, ({ instance, pod }) =>
    readInstance(client, instance, pod, sources, signal),
  );
}

interface Task {
  readonly instance: InstanceId;
  readonly pod: PodObject;
}

function instanceOf(target: string, place: WorkloadPlace, pod: PodObject): Task | undefined {
  const { namespace = '', name: podName, uid = '' } = pod.metadata;
  if (namespace !== place.namespace || hasEnded(pod)) return undefined;
  const [kind, name] = (workloadOfPod(pod) ?? '').split('/');
  const known = workloadKinds.find((each) => each === kind);
  // A single pod may be named too: whoever looks for the cause has its name at hand.
  const isMeant = (name === place.name && (place.kind ?? kind) === kind) || podName === place.name;
  if (known === undefined || name === undefined || !isMeant) return undefined;
  return { instance: { workload: { target, namespace, kind: known, name }, name: podName, uid }, pod };
}

function nobody({ namespace, kind, name }: WorkloadPlace, target: string): WasmcastError {
  return new WasmcastError(
    'WC-IST-061',
    `no pod of ${kind ?? 'a workload'} ${namespace}/${name} runs in ${target}`,
    { help: `kubectl get pods -n ${namespace}` },
  );
}

/** The chains of one pod; what cannot be read is a remark. Throws only when the signal is aborted. */
export async function readInstance(
  client: KubeClient,
  instance: InstanceId,
  pod: PodObject,
  sources: Sources,
  signal: AbortSignal,
): Promise<InstanceChains> {
  const unread = (text: string): InstanceChains => ({
    instance,
    chains: [],
    remarks: [{ kind: 'unseen', text }],
  });
  const state = stateOf(pod);
  if (state !== undefined) return unread(state[1]);
  const deadline = AbortSignal.any([signal, AbortSignal.timeout(readMs)]);
  try {
    const { namespace } = instance.workload;
    await using admin = await openAdmin(client, { namespace, name: instance.name }, maxPageBytes, deadline);
    const info = readServerInfo(await admin.get('/server_info', deadline));
    const body = await adminPage(admin, '/config_dump?resource=dynamic_listeners', deadline);
    const ecds = readEcds(await adminPage(admin, '/config_dump?resource=ecds_filters', deadline));
    const scene = {
      chains: readLayout(body, ecds),
      errors: readListeners(body).errors,
      isGateway: info.isGateway,
      proxy: { namespace, labels: pod.metadata.labels ?? {} },
      sources,
    };
    return {
      instance,
      ...(info.envoy !== undefined && { proxyVersion: info.envoy }),
      ...effectiveChains(scene),
    };
  } catch (error) {
    signal.throwIfAborted();
    return unread(error instanceof Error ? error.message : String(error));
  }
}
