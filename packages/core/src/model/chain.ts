import type { DesiredFilter, Direction } from './filter.ts';
import type { WorkloadId } from './workload.ts';

/** The filters of one fleet on one workload in one direction, in the order in which a request meets them. */
export interface Chain {
  readonly workload: WorkloadId;
  readonly direction: Direction;
  readonly filters: readonly DesiredFilter[];
}
