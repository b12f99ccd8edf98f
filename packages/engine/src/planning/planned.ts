import {
  type Diagnostic,
  type Fleet,
  type Plan,
  type RolloutRules,
  type TargetPlan,
  hasErrors,
} from '@wasmcast/core';

/** A plan, or every reason why there is none. */
export interface Planned {
  readonly plan?: Plan;
  readonly diagnostics: readonly Diagnostic[];
}

/**
 * The plan made of these parts, unless something refuses it. Only an `apply` is gated and goes back by itself: a way back or
 * out that fails has nothing better to go back to.
 */
export function planned(
  fleet: Fleet,
  cause: string,
  targets: readonly TargetPlan[],
  diagnostics: readonly Diagnostic[],
): Planned {
  if (hasErrors(diagnostics)) return { diagnostics };
  const { timeoutMs, gates, maxRestarting, onFailure } = fleet.rollout;
  const rollout: RolloutRules =
    cause === 'apply'
      ? { timeoutMs, gates, maxRestarting, onFailure }
      : { timeoutMs, gates: [], maxRestarting, onFailure: 'stop' };
  const plan: Plan = {
    schema: 'wasmcast.dev/plan/v1',
    fleet: fleet.name,
    cause,
    removeAll: cause === 'remove',
    rollout,
    targets,
    warnings: diagnostics,
  };
  return { plan, diagnostics };
}
