import { type InstanceStats, workloadAddress } from '@wasmcast/core';
import type { Snapshot } from './wave-stats.ts';

/** What the proxies of a wave showed before its first write. */
export interface Baseline {
  readonly stats: Snapshot;
  /** Workloads that were read before anything was written to them; the others have no baseline. */
  readonly workloads: ReadonlySet<string>;
}

/**
 * The share of requests that ended in 5xx before the wave, since its proxies started. 0 where there was no request: whoever
 * served nothing had no errors. Undefined where that is not known of every workload.
 */
export function errorRateBefore(
  baseline: Baseline | undefined,
  workloads: ReadonlySet<string>,
): number | undefined {
  if (baseline === undefined || ![...workloads].every((workload) => baseline.workloads.has(workload)))
    return undefined;
  let requests = 0;
  let errors = 0;
  for (const stats of baseline.stats.values()) {
    if (stats.requests === undefined || stats.errors === undefined) return undefined;
    requests += stats.requests;
    errors += stats.errors;
  }
  return requests === 0 ? 0 : errors / requests;
}

/** The p99 of the slowest instance of a workload before the wave, in milliseconds. */
export function p99Before(baseline: Baseline | undefined, workload: string): number | undefined {
  const all = [...(baseline?.stats.values() ?? [])].filter((stats) => workloadOf(stats) === workload);
  const known = all.flatMap(({ p99Ms }) => (p99Ms === undefined ? [] : [p99Ms]));
  return known.length === 0 ? undefined : Math.max(...known);
}

/** Address of the workload of an instance. */
export function workloadOf({ instance }: Pick<InstanceStats, 'instance'>): string {
  return workloadAddress(instance.workload);
}
