import type { InstanceVerdict, Stage } from '@wasmcast/core';
import type { Measurement } from '../gates/measurement.ts';
import type { Outcome } from './context.ts';
import type { ProbeEnd } from './try-first.ts';

/** What a rollout tells while it runs. Screens, JSON and metrics are made from these alone. */
export type RolloutEvent =
  | {
      readonly type: 'rollout-started';
      readonly fleet: string;
      readonly target: string;
      readonly cause: string;
      readonly steps: number;
      readonly instances: number;
      readonly waves: number;
    }
  /** A throw-away instance is started in the place of a workload. */
  | {
      readonly type: 'probe-started';
      readonly target: string;
      readonly workload: string;
      readonly probe: string;
    }
  /** It was seen live, or not; it is gone by now. */
  | ({
      readonly type: 'probe-done';
      readonly target: string;
      readonly workload: string;
      readonly probe: string;
    } & ProbeEnd)
  | {
      readonly type: 'wave-started';
      readonly target: string;
      /** From 1. */
      readonly wave: number;
      readonly waves: number;
      readonly workloads: readonly string[];
      readonly instances: number;
    }
  /** Its instances are live and its gates let it pass. */
  | { readonly type: 'wave-done'; readonly target: string; readonly wave: number; readonly waves: number }
  /** A gate was measured. */
  | ({
      readonly type: 'gate';
      readonly target: string;
      readonly gate: string;
      readonly wave: number;
    } & Measurement)
  /** A wave is live, and so many milliseconds pass before the next one. */
  | { readonly type: 'waiting'; readonly target: string; readonly ms: number }
  /** What was there before is made live again. */
  | { readonly type: 'going-back'; readonly target: string; readonly reason: string }
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
  /** An instance that was there is not there any more; another one of its name may be, with another uid. */
  | {
      readonly type: 'instance-gone';
      readonly target: string;
      readonly instance: string;
      readonly uid: string;
    }
  | { readonly type: 'progress'; readonly target: string; readonly instances: number; readonly live: number }
  /** The instances could not be read; it is tried again. */
  | { readonly type: 'unreadable'; readonly target: string; readonly code: string; readonly error: string }
  /** Something went wrong that does not change how the rollout ends: a lock that was not released, say. */
  | { readonly type: 'remark'; readonly target: string; readonly code: string; readonly error: string }
  | { readonly type: 'revision'; readonly target: string; readonly number: number }
  | {
      readonly type: 'rollout-finished';
      readonly target: string;
      readonly outcome: Outcome;
      readonly instances: number;
      readonly live: number;
      readonly writes: number;
      readonly reason?: string;
    };

/** Takes events; must not throw and must not wait. */
export type Emit = (event: RolloutEvent) => void;
