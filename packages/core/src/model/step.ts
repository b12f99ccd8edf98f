import type { JsonValue } from '../json.ts';
import type { Writer } from './drift.ts';

/**
 * When a step runs. `prepare` steps (modules, which nothing uses yet) run before all `change` steps; those of different
 * workloads run side by side; `cleanup` steps run when every instance has been seen as expected.
 */
export type Stage = 'prepare' | 'change' | 'cleanup';

/**
 * One write to a target, self-contained: what stands there before and after, our fragments only. Applying a step to a
 * target that shows `after` does nothing; to one that shows neither `before` nor `after` it fails.
 */
export interface Step {
  /** Unique in its plan and the same for the same write: verb and object. */
  readonly id: string;
  readonly stage: Stage;
  /** Address of the workload it serves; every `change` has one. Undefined for an object that several share. */
  readonly workload?: string;
  /** For people: `create ConfigMap foo/wasmcast-… (example-filter, 4.2 KiB)`. */
  readonly summary: string;
  /** What must hold when it is applied; only the target reads it. */
  readonly precondition: JsonValue;
  /** Our fragment as it stands; null: absent. */
  readonly before: JsonValue;
  /** Our fragment as it shall stand; null: absent. */
  readonly after: JsonValue;
  /** Number of instances that restart because of it. */
  readonly restarts: number;
  /** Who else wrote last what it changes, if somebody did and the target knows. */
  readonly changedBy?: Writer;
}

/** The step that undoes this one. Its precondition is empty: `before` itself says what must stand there. */
export function inverse(step: Step): Step {
  return {
    ...step,
    id: `undo ${step.id}`,
    summary: `undo: ${step.summary}`,
    precondition: null,
    before: step.after,
    after: step.before,
  };
}
