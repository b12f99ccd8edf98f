import type { InstanceId, InstanceStats } from '@wasmcast/core';
import { isStatus } from '../api/api-error.ts';
import type { KubeClient } from '../api/client.ts';
import type { PodObject } from '../api/objects.ts';
import { openAdmin } from '../verify/admin.ts';
import { readMs, stateOf } from '../verify/read-pod.ts';
import { envoyStatsPath, proxySide, readEnvoyStats } from './envoy-stats.ts';
import { RecentValues } from './histogram.ts';
import { istioMetricsPath, readIstioMetrics } from './istio-metrics.ts';
import { TrapCounter } from './trap-counter.ts';

/** Bytes of one page. Istio's metrics grow with the number of peers of a workload. */
const maxPageBytes = 32 * 1024 * 1024;

const noCounters =
  'its proxy counts no requests: Istio’s metrics are off (no metrics provider in its Telemetry), and Envoy’s own are not ' +
  String.raw`kept (pod annotation sidecar.istio.io/statsInclusionRegexps: http\.([iI]n|out)bound.*)`;

/** What is remembered of a pod from one reading to the next. */
export class PodMemory {
  readonly durations = new RecentValues();
  readonly traps: TrapCounter;

  constructor({ metadata }: PodObject) {
    const { namespace = '', name, creationTimestamp = '' } = metadata;
    this.traps = new TrapCounter({ namespace, name }, Date.parse(creationTimestamp) || 0);
  }
}

/** Reads the counters of one pod's proxy; undefined if the pod is gone. Throws only when the signal is aborted. */
export async function measurePod(
  client: KubeClient,
  instance: InstanceId,
  pod: PodObject,
  memory: PodMemory,
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
    const side = proxySide(pod);
    const { counts, memoryBytes, reloads } = readEnvoyStats(await admin.get(envoyStatsPath, deadline), side);
    const shown = readIstioMetrics(await admin.get(istioMetricsPath, deadline), side) ?? counts;
    const vmFailures = (await memory.traps.read(client, deadline)) ?? reloads;
    const p99Ms = shown && memory.durations.quantile(shown.durations, 0.99, performance.now());
    return {
      ...seen,
      ...(shown === undefined ? { fault: noCounters } : { requests: shown.requests, errors: shown.errors }),
      ...(shown?.denied !== undefined && { denied: shown.denied }),
      ...(p99Ms !== undefined && { p99Ms: Number(p99Ms.toFixed(3)) }),
      ...(vmFailures !== undefined && { vmFailures }),
      ...(memoryBytes !== undefined && { memoryBytes }),
    };
  } catch (error) {
    signal.throwIfAborted();
    if (isStatus(error, 404)) return undefined;
    const message = error instanceof Error ? error.message : String(error);
    return { ...seen, fault: deadline.aborted ? `no answer in ${readMs / 1000} s` : message };
  }
}
