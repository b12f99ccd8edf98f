import type { InstanceId } from './workload.ts';

/**
 * Counters of one instance since it started, as its proxy shows them. What a proxy does not show is undefined: that is not
 * zero, and no gate may take it for zero.
 */
export interface InstanceStats {
  readonly instance: InstanceId;
  /** Requests that were answered, of the directions that filters stand in. */
  readonly requests?: number;
  /** Of these, with 5xx. */
  readonly errors?: number;
  /** Of these, with 403: what a deny-all placeholder answers. */
  readonly denied?: number;
  /** Milliseconds that 99 of 100 requests took at most, over the time that the proxy keeps. */
  readonly p99Ms?: number;
  /** Filters' VMs that died. */
  readonly vmFailures?: number;
  /** Bytes that the proxy has allocated. */
  readonly memoryBytes?: number;
  /** Times that a container of the instance was started again. */
  readonly restarts?: number;
  readonly ready?: boolean;
  /** Why counters are missing: the right that is missing, the answer of the proxy. */
  readonly fault?: string;
}
