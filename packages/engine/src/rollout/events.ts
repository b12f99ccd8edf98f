import type { InstanceVerdict, Stage } from '@wasmcast/core';

/** What a rollout tells while it runs. Screens, JSON and metrics are made from these alone. */
export type RolloutEvent =
  | {
      readonly type: 'rollout-started';
      readonly fleet: string;
      readonly target: string;
      readonly cause: string;
      readonly steps: number;
      readonly instances: number;
    }
  | {
      readonly type: 'step-started';
      readonly target: string;
      readonly step: string;
      readonly stage: Stage;
      readonly summary: string;
      readonly workload?: string;
    }
  | {
      readonly type: 'step-done';
      readonly target: string;
      readonly step: string;
      readonly summary: string;
      readonly workload?: string;
    }
  | {
      readonly type: 'step-failed';
      readonly target: string;
      readonly step: string;
      readonly summary: string;
      readonly code: string;
      readonly error: string;
      readonly workload?: string;
    }
  /** An instance shows something else than when it was last read. */
  | {
      readonly type: 'instance';
      readonly target: string;
      readonly live: boolean;
      readonly verdict: InstanceVerdict;
    }
  /** An instance that was there is not there any more. */
  | { readonly type: 'instance-gone'; readonly target: string; readonly instance: string }
  | { readonly type: 'progress'; readonly target: string; readonly instances: number; readonly live: number }
  /** The instances could not be read; it is tried again. */
  | { readonly type: 'unreadable'; readonly target: string; readonly code: string; readonly error: string }
  /** Something went wrong that does not change how the rollout ends: a lock that was not released, say. */
  | { readonly type: 'remark'; readonly target: string; readonly code: string; readonly error: string }
  | { readonly type: 'revision'; readonly target: string; readonly number: number }
  | {
      readonly type: 'rollout-finished';
      readonly target: string;
      readonly outcome: 'live' | 'not-live' | 'failed' | 'interrupted';
      readonly instances: number;
      readonly live: number;
      readonly writes: number;
    };

/** Takes events; must not throw and must not wait. */
export type Emit = (event: RolloutEvent) => void;
