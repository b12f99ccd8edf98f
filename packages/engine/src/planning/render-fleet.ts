import { type Diagnostic, type JsonValue, changeFor, hasErrors } from '@wasmcast/core';
import { modulesOf } from './filter-source.ts';
import { type PlanFleetInput, prepareFleet } from './prepare-fleet.ts';
import { retainedDigests } from './view.ts';

/** The objects and template patches that a rollout would leave in the targets that can say so. Reads only. */
export async function renderFleet(
  input: PlanFleetInput,
  signal: AbortSignal,
): Promise<{ readonly objects: readonly JsonValue[]; readonly diagnostics: readonly Diagnostic[] }> {
  const { loaded, parts, diagnostics: found } = await prepareFleet(input, signal);
  const diagnostics = [...found];
  const modules = modulesOf(loaded);
  const objects: JsonValue[] = [];
  for (const { view, chains } of parts) {
    const { target, observed, revisions } = view;
    diagnostics.push(...observed.diagnostics);
    if (target.render === undefined) continue;
    const wanted = { fleet: input.fleet.name, chains, observed };
    const retained = retainedDigests(revisions, wanted);
    const change = changeFor({ ...wanted, removeAll: false, retained });
    // What compile refuses cannot be rendered either.
    diagnostics.push(...target.compile(change, observed, modules).diagnostics);
    if (!hasErrors(diagnostics)) objects.push(...target.render(change, observed, modules));
  }
  return { objects: hasErrors(diagnostics) ? [] : objects, diagnostics };
}
