import { workloadAddress } from '../model/workload.ts';
import type { Observed } from '../ports/target.ts';
import type { TargetPlan } from './plan.ts';

/** A workload that is not as it was when a plan was made: it `came`, and is meant by now; it is `gone`; it `changed`. */
export interface Moved {
  readonly workload: string;
  readonly how: 'came' | 'gone' | 'changed';
}

/** What moved since a plan was saved. An empty list: it still holds. */
export function movedSince({ seen }: Pick<TargetPlan, 'seen'>, observed: Observed): readonly Moved[] {
  const now = new Map(observed.workloads.map((w) => [workloadAddress(w.id), w.version]));
  const workloads = [...new Set([...Object.keys(seen), ...now.keys()])];
  return workloads.flatMap((workload): Moved[] => {
    if (now.get(workload) === seen[workload]) return [];
    if (seen[workload] === undefined) return [{ workload, how: 'came' }];
    return [{ workload, how: now.has(workload) ? 'changed' : 'gone' }];
  });
}
