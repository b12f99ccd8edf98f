import { type Diagnostic, type Plan, exitCodes } from '@wasmcast/core';
import { CommandFailed } from '../failure.ts';
import type { View } from '../views/view.ts';

/** Shows the remarks of planning; returns the plan, or ends the command with the exit code that its faults ask for. */
export function endUnplanned(plan: Plan | undefined, diagnostics: readonly Diagnostic[], view: View): Plan {
  view.diagnostics(diagnostics);
  if (plan !== undefined) return plan;
  const errors = diagnostics.filter((d) => d.severity === 'error');
  view.progress(
    'refused',
    `refused: ${errors.length === 1 ? 'one fault' : `${errors.length} faults`}, nothing was written`,
    {
      errors: errors.length,
    },
  );
  throw new CommandFailed(exitFor(diagnostics));
}

/** The exit code that faults ask for. */
export function exitFor(diagnostics: readonly Diagnostic[]): number {
  const asked = diagnostics.find((d) => d.severity === 'error' && d.exit !== undefined);
  return exitCodes[asked?.exit ?? 'invalid'];
}
