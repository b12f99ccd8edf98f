import { type Diagnostic, type Fleet, type Plan, type TargetPlan, hasErrors } from '@wasmcast/core';

/** A plan, or every reason why there is none. */
export interface Planned {
  readonly plan?: Plan;
  readonly diagnostics: readonly Diagnostic[];
}

/** The plan made of these parts, unless something refuses it. */
export function planned(
  fleet: Fleet,
  cause: string,
  targets: readonly TargetPlan[],
  diagnostics: readonly Diagnostic[],
): Planned {
  if (hasErrors(diagnostics)) return { diagnostics };
  const plan: Plan = {
    schema: 'wasmcast.dev/plan/v1',
    fleet: fleet.name,
    cause,
    removeAll: cause === 'remove',
    timeoutMs: fleet.rollout.timeoutMs,
    targets,
    warnings: diagnostics,
  };
  return { plan, diagnostics };
}
