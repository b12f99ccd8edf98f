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

/** Towards something new, in waves; or back or out, which may be in waves too. */
export type Way = 'forward' | 'back' | 'back in waves';

/** The plan made of these parts, unless something refuses it. */
export function planned(
  fleet: Fleet,
  cause: string,
  targets: readonly TargetPlan[],
  diagnostics: readonly Diagnostic[],
  way: Way,
): Planned {
  if (hasErrors(diagnostics)) return { diagnostics };
  const plan: Plan = {
    schema: 'wasmcast.dev/plan/v1',
    fleet: fleet.name,
    cause,
    removeAll: cause === 'remove',
    rollout: rulesFor(fleet, way),
    targets,
    warnings: diagnostics,
  };
  return { plan, diagnostics };
}

/** Only what goes forward goes back by itself: a way back or out that fails has nothing better to go back to. */
function rulesFor({ rollout }: Fleet, way: Way): RolloutRules {
  const { timeoutMs, gates, maxRestarting, onFailure } = rollout;
  switch (way) {
    case 'forward':
      return { timeoutMs, gates, maxRestarting, onFailure };
    case 'back in waves':
      return { timeoutMs, gates, maxRestarting, onFailure: 'pause' };
    case 'back':
      return { timeoutMs, gates: [], maxRestarting, onFailure: 'stop' };
  }
}
