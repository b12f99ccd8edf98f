import { WasmcastError } from '@wasmcast/core';
import type { KubeClient, KubeObject } from '../kube-client.ts';

/** A pod that is ready. */
export interface ReadyPod {
  readonly name: string;
  readonly uid: string;
  readonly ip: string;
  /** Names of its ready containers, sidecars that are init containers included. */
  readonly containers: readonly string[];
}

interface Container {
  readonly name: string;
  readonly restartPolicy?: string;
}

interface Pod extends KubeObject {
  readonly spec: {
    readonly containers: readonly Container[];
    readonly initContainers?: readonly Container[];
  };
  readonly status: {
    readonly podIP?: string;
    readonly conditions?: readonly { readonly type: string; readonly status: string }[];
    readonly containerStatuses?: readonly { readonly name: string; readonly ready: boolean }[];
    readonly initContainerStatuses?: readonly { readonly name: string; readonly ready: boolean }[];
  };
}

interface Workload extends KubeObject {
  readonly spec: {
    readonly replicas?: number;
    readonly selector: { readonly matchLabels: Readonly<Record<string, string>> };
  };
  readonly status?: {
    readonly observedGeneration?: number;
    readonly replicas?: number;
    readonly updatedReplicas?: number;
    readonly readyReplicas?: number;
    readonly desiredNumberScheduled?: number;
    readonly updatedNumberScheduled?: number;
    readonly numberReady?: number;
  };
}

/** Options of the waiting functions. */
export interface WaitOptions {
  /** Default 120 000. */
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Watches a workload until its rollout is complete, then its pods until exactly those of the new template are left and
 * ready (2/2 with a sidecar). Gives them by name.
 *
 * @throws WasmcastError WC-BED-005 with what each pod lacks, when the time is over.
 */
export async function waitForWorkload(
  client: KubeClient,
  workload: KubeObject,
  options: WaitOptions = {},
): Promise<readonly ReadyPod[]> {
  const path = await client.path(workload);
  const collection = path.slice(0, path.lastIndexOf('/'));
  const selector = `fieldSelector=${encodeURIComponent(`metadata.name=${workload.metadata.name}`)}`;
  const what = `${workload.kind} ${workload.metadata.namespace}/${workload.metadata.name} to be rolled out`;
  const current = await watchUntil(client, `${collection}?${selector}`, what, options, (objects) =>
    (objects as readonly Workload[]).find(isRolledOut),
  );
  const labels = Object.entries(current.spec.selector.matchLabels).map(([key, value]) => `${key}=${value}`);
  const count = current.status?.desiredNumberScheduled ?? current.spec.replicas ?? 1;
  return waitForPods(client, workload.metadata.namespace ?? 'default', labels.join(','), count, options);
}

/** Watches until a label selector matches exactly `count` pods, all ready and none on its way out. */
export async function waitForPods(
  client: KubeClient,
  namespace: string,
  labelSelector: string,
  count: number,
  options: WaitOptions = {},
): Promise<readonly ReadyPod[]> {
  const query = `labelSelector=${encodeURIComponent(labelSelector)}`;
  const what = `${count} ready pods of ${labelSelector} in ${namespace}`;
  return watchUntil(client, `/api/v1/namespaces/${namespace}/pods?${query}`, what, options, (objects) => {
    const ready = (objects as readonly Pod[]).map(readyPod).filter((pod) => pod !== undefined);
    const complete = ready.length === count && objects.length === count;
    return complete ? ready.toSorted((a, b) => (a.name < b.name ? -1 : 1)) : undefined;
  });
}

function isRolledOut({ kind, metadata, spec, status = {} }: Workload): boolean {
  if (status.observedGeneration !== metadata['generation']) return false;
  if (kind === 'DaemonSet') {
    const wanted = status.desiredNumberScheduled ?? 0;
    return wanted > 0 && status.updatedNumberScheduled === wanted && status.numberReady === wanted;
  }
  const wanted = spec.replicas ?? 1;
  const counts = [status.replicas, status.updatedReplicas, status.readyReplicas];
  return counts.every((one) => (one ?? 0) === wanted);
}

function readyPod({ metadata, spec, status }: Pod): ReadyPod | undefined {
  const sidecars = (spec.initContainers ?? []).filter((one) => one.restartPolicy === 'Always');
  const wanted = [...sidecars, ...spec.containers].map((one) => one.name);
  const statuses = [...(status.initContainerStatuses ?? []), ...(status.containerStatuses ?? [])];
  const ready = new Set(statuses.filter((one) => one.ready).map((one) => one.name));
  const condition = status.conditions?.some((one) => one.type === 'Ready' && one.status === 'True') ?? false;
  const ip = status.podIP;
  if (metadata['deletionTimestamp'] !== undefined || !condition || ip === undefined) return undefined;
  if (!wanted.every((name) => ready.has(name))) return undefined;
  return { name: metadata.name, uid: metadata['uid'] as string, ip, containers: wanted };
}

/** Keeps the objects of a collection by list and watch, and asks `found` after each change. */
async function watchUntil<T>(
  client: KubeClient,
  path: string,
  what: string,
  options: WaitOptions,
  found: (objects: readonly KubeObject[]) => T | undefined,
): Promise<T> {
  const timeoutMs = options.timeoutMs ?? 120_000;
  const limit = AbortSignal.timeout(timeoutMs);
  const stop = new AbortController();
  const given = options.signal ? [options.signal] : [];
  const signal = AbortSignal.any([limit, stop.signal, ...given]);
  const objects = new Map<string, KubeObject>();
  const look = (): T | undefined => found([...objects.values()]);
  try {
    for (;;) {
      const list = (await client.request('GET', path, undefined, { signal })) as {
        readonly metadata: { readonly resourceVersion: string };
        readonly items: readonly KubeObject[];
      };
      objects.clear();
      for (const item of list.items)
        objects.set(item.metadata.name, { ...item, kind: item.kind ?? kindOf(path) });
      let result = look();
      if (result !== undefined) return result;
      const from = `&watch=true&resourceVersion=${list.metadata.resourceVersion}`;
      await client
        .watch(`${path}${from}`, signal, (type, object) => {
          if (type === 'DELETED') objects.delete(object.metadata.name);
          else if (type !== 'ERROR' && type !== 'BOOKMARK') objects.set(object.metadata.name, object);
          result ??= look();
          if (result !== undefined) stop.abort();
        })
        .catch((error: unknown) => {
          if (result === undefined) throw error;
        });
      if (result !== undefined) return result;
    }
  } catch (error) {
    if (!limit.aborted) throw error;
    const seen = [...objects.values()].map(
      (one) => `${one.metadata.name}: ${JSON.stringify(one['status']).slice(0, 1500)}`,
    );
    throw new WasmcastError('WC-BED-005', `waited ${timeoutMs} ms for ${what}\n${seen.join('\n')}`, {
      cause: error,
    });
  }
}

// The items of a list do not say their kind.
function kindOf(path: string): string {
  return path.includes('/daemonsets?') ? 'DaemonSet' : '';
}
