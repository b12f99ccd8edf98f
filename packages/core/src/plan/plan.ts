import type { Diagnostic } from '../diagnostic.ts';
import type { Chain } from '../model/chain.ts';
import type { Drift } from '../model/drift.ts';
import type { OnFailure, RolloutPolicy } from '../model/rollout-policy.ts';
import type { Step } from '../model/step.ts';
import type { ProbePlan } from '../ports/probing.ts';
import type { Action } from './diff-chains.ts';
import type { Wave } from './plan-waves.ts';
import type { Unfinished } from './unfinished.ts';
import type { WaveImpact } from './wave-impact.ts';

/** How a workload takes the change. */
export interface Restart {
  /** Address of the workload. */
  readonly workload: string;
  /** Instances that restart. */
  readonly instances: number;
  /** Set when its update does not roll by itself, or not without a gap: `OnDelete`, `paused`, `single replica`, … */
  readonly note?: string;
}

/** What shall happen in one target, and in which order. */
export interface TargetPlan {
  readonly target: string;
  readonly actions: readonly Action[];
  /** The writes; none: the target already is as wanted. */
  readonly steps: readonly Step[];
  /** The chains that every instance shall show at the end; empty ones show that nothing is left. */
  readonly expected: readonly Chain[];
  /** The chains of the same workloads as they were before the rollout: what it goes back to. */
  readonly previous: readonly Chain[];
  /** What is started and seen live before the first wave; absent: nothing. */
  readonly probes?: readonly ProbePlan[];
  /** The changed workloads, each in one wave. None: nothing changes. */
  readonly waves: readonly Wave[];
  /** How far each wave reaches and what it costs, in the order of the waves. */
  readonly impact?: readonly WaveImpact[];
  /** The rollout that the target remembers, if there is one. */
  readonly unfinished?: Unfinished;
  /** What was changed since it was last made live, with what is done about it; what shall be ignored is not here. */
  readonly drift?: readonly Drift[];
  /** Addresses of the workloads that stay as others have changed them: nobody waits for what is expected there. */
  readonly left?: readonly string[];
  /** Number of the newest revision, 0 for none: when it is another one later, somebody rolled out meanwhile. */
  readonly revision?: number;
  readonly restarts: readonly Restart[];
  /** Versions of control plane and proxies, for people. */
  readonly versions: readonly string[];
  /** Number of instances that the expected chains concern. */
  readonly instances: number;
  /** Version of every workload that was observed, by address, when the plan was made. */
  readonly seen: Readonly<Record<string, string>>;
}

/** What a plan still needs of the policy once its waves are dealt and its probes are chosen. */
export type RolloutRules = Omit<RolloutPolicy, 'waves' | 'probe' | 'onFailure'> & {
  /** `pause` is for a way back, which has nothing better to go back to: a gate that fails pauses it, all else stops it. */
  readonly onFailure: OnFailure | 'pause';
};

/** The whole plan of a command: self-contained, so that it can be saved, read by a person, and applied by a machine. */
export interface Plan {
  readonly schema: 'wasmcast.dev/plan/v1';
  readonly fleet: string;
  /** Becomes the revision's cause: `apply`, `rollback to 3`, `remove`. */
  readonly cause: string;
  /** True when the fleet goes, with its history. */
  readonly removeAll: boolean;
  readonly rollout: RolloutRules;
  readonly targets: readonly TargetPlan[];
  /** Remarks; a plan with errors is never made. */
  readonly warnings: readonly Diagnostic[];
}

/** Number of writes that a plan makes. */
export function writes(plan: Plan): number {
  return plan.targets.reduce((sum, target) => sum + target.steps.length, 0);
}
