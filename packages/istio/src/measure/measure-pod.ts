import type { Direction, InstanceId, InstanceStats } from '@wasmcast/core';
import { isStatus } from '../api/api-error.ts';
import type { KubeClient } from '../api/client.ts';
import type { PodObject } from '../api/objects.ts';
import { openAdmin } from '../verify/admin.ts';
import { readMs, stateOf } from '../verify/read-pod.ts';
import { envoyStatsPath, readEnvoyStats, type Side, sidesOf } from './envoy-stats.ts';
import { type Histogram, RecentValues } from './histogram.ts';
import { istioMetricsPath, readIstioMetrics } from './istio-metrics.ts';
import { TrapCounter } from './trap-counter.ts';

/** Bytes of one page. Istio's metrics grow with the number of peers of a workload. */
const maxPageBytes = 32 * 1024 * 1024;

const noCounters =
  'its proxy counts no requests: Istio’s metrics are off (no metrics provider in its Telemetry), and Envoy’s own are not ' +
  String.raw`kept (pod annotation sidecar.istio.io/statsInclusionRegexps: http\.([iI]n|out)bound.*)`;

/** What is remembered of a pod from one reading to the next. */
export class PodMemory {
  readonly #durations = new Map<string, RecentValues>();
  readonly traps: TrapCounter;

  /** `isNew`: the pod came while its workload was watched, so all that it ever logged counts. */
  constructor(client: KubeClient, { metadata }: PodObject, isNew: boolean) {
    const { namespace = '', name, creationTimestamp = '' } = metadata;
    const from = isNew ? Date.parse(creationTimestamp) || 0 : undefined;
    this.traps = new TrapCounter(client, { namespace, name }, from);
  }

  /** Milliseconds that 99 of 100 recent requests took at most, on these sides. */
  p99(sides: ReadonlySet<Side>, durations: Histogram): number | undefined {
    const key = [...sides].toSorted().join();
    const recent = this.#durations.get(key) ?? new RecentValues();
    this.#durations.set(key, recent);
    return recent.quantile(durations, 0.99, performance.now());
  }
}

/** A pod to measure. */
export interface MeasuredPod {
  readonly instance: InstanceId;
  readonly pod: PodObject;
  readonly directions: readonly Direction[];
  readonly memory: PodMemory;
}

/** Reads the counters of one pod's proxy; undefined if the pod is gone. Throws only when the signal is aborted. */
export async function measurePod(
  client: KubeClient,
  { instance, pod, directions, memory }: MeasuredPod,
  signal: AbortSignal,
): Promise<InstanceStats | undefined> {
  const { containerStatuses = [], initContainerStatuses = [], conditions = [] } = pod.status ?? {};
  const statuses = [...containerStatuses, ...initContainerStatuses];
  const seen: InstanceStats = {
    instance,
    restarts: statuses.reduce((sum, { restartCount = 0 }) => sum + restartCount, 0),
    ready: conditions.some(({ type, status }) => type === 'Ready' && status === 'True'),
  };
  const state = stateOf(pod);
  if (state !== undefined) return { ...seen, fault: state[1] };
  const deadline = AbortSignal.any([signal, AbortSignal.timeout(readMs)]);
  try {
    const place = { namespace: instance.workload.namespace, name: instance.name };
    await using admin = await openAdmin(client, place, maxPageBytes, deadline, seen.ready);
    const sides = sidesOf(directions);
    const { counts, memoryBytes, reloads } = readEnvoyStats(await admin.get(envoyStatsPath, deadline), sides);
    const shown = readIstioMetrics(await admin.get(istioMetricsPath, deadline), sides) ?? counts;
    const p99Ms = shown && memory.p99(sides, shown.durations);
    const traps = await trapsOf(memory, deadline);
    return {
      ...seen,
      ...(shown === undefined ? { fault: noCounters } : { requests: shown.requests, errors: shown.errors }),
      ...(shown?.denied !== undefined && { denied: shown.denied }),
      ...(shown?.responseFlags !== undefined && { responseFlags: shown.responseFlags }),
      ...(p99Ms !== undefined && { p99Ms: Number(p99Ms.toFixed(3)) }),
      ...traps,
      ...(reloads !== undefined && { vmReloads: reloads }),
      ...(memoryBytes !== undefined && { memoryBytes }),
    };
  } catch (error) {
    signal.throwIfAborted();
    if (isStatus(error, 404)) return undefined;
    return { ...seen, fault: deadline.aborted ? `no answer in ${readMs / 1000} s` : messageOf(error) };
  }
}

/** Its traps, or why nobody knows of them. */
async function trapsOf(
  { traps }: PodMemory,
  signal: AbortSignal,
): Promise<Pick<InstanceStats, 'vmFailures' | 'fault'>> {
  try {
    return { vmFailures: await traps.read(signal) };
  } catch (error) {
    signal.throwIfAborted();
    return { fault: `${messageOf(error)} (VMs that died are told by the proxy's log alone)` };
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
