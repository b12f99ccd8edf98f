import type { Direction } from './filter.ts';
import type { InstanceId, WorkloadId } from './workload.ts';

/** Whose counters are wanted: of a workload, those of the listeners of these directions. */
export interface StatsQuery {
  readonly workload: WorkloadId;
  readonly directions: readonly Direction[];
}

/**
 * Counters of one instance as its proxy shows them. They only grow, from some beginning that stays the same while the
 * instance lives. What a proxy does not show is undefined: that is not zero, and no gate may take it for zero.
 */
export interface InstanceStats {
  readonly instance: InstanceId;
  /** Requests that were answered, in the directions that were asked for. */
  readonly requests?: number;
  /** Of these, with 5xx. */
  readonly errors?: number;
  /** Of these, with 403: what a deny-all placeholder answers. */
  readonly denied?: number;
  /** Of these, by response flag of Envoy (`NFCF`, `UF`); a flag that no request carried may be missing. */
  readonly responseFlags?: Readonly<Record<string, number>>;
  /** Milliseconds that 99 of 100 requests took at most, over the time that the proxy keeps. */
  readonly p99Ms?: number;
  /** Filters' VMs that died. */
  readonly vmFailures?: number;
  /** Filters' VMs that the proxy made anew after they died, or tried to. */
  readonly vmReloads?: number;
  /** Bytes that the proxy has allocated. */
  readonly memoryBytes?: number;
  /** Times that a container of the instance was started again. */
  readonly restarts?: number;
  readonly ready?: boolean;
  /** Why counters are missing: the right that is missing, the answer of the proxy. */
  readonly fault?: string;
}
