import { type Diagnostic, type Plan, exitCodes } from '@wasmcast/core';
import { CommandFailed } from '../failure.ts';
import type { View } from '../views/view.ts';

/** Shows the remarks of planning; returns the plan, or ends the command with the exit code that its faults ask for. */
export function endUnplanned(plan: Plan | undefined, diagnostics: readonly Diagnostic[], view: View): Plan {
  // A plan document on stdout holds its own warnings; a second JSON object before it would spoil it.
  if (plan === undefined || view.format === 'text') view.diagnostics(diagnostics);
  if (plan !== undefined) return plan;
  const errors = diagnostics.filter((d) => d.severity === 'error');
  const exit = errors.find((d) => d.exit !== undefined)?.exit ?? 'invalid';
  view.progress(
    'refused',
    `refused: ${errors.length === 1 ? 'one fault' : `${errors.length} faults`}, nothing was written`,
    {
      errors: errors.length,
    },
  );
  throw new CommandFailed(exitCodes[exit]);
}
