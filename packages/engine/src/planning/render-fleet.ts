import { type Diagnostic, type Rendered, changeFor, hasErrors } from '@wasmcast/core';
import { modulesOf } from './filter-source.ts';
import { type PlanFleetInput, prepareFleet } from './prepare-fleet.ts';
import { retainedDigests } from './view.ts';

/** What a rollout would leave in the targets that can say so, target by target; nothing if anything refuses it. Reads only. */
export async function renderFleet(input: PlanFleetInput, signal: AbortSignal): Promise<Rendered> {
  const { loaded, parts, diagnostics: found } = await prepareFleet(input, signal);
  const diagnostics: Diagnostic[] = [...found];
  const modules = modulesOf(loaded);
  const rendered: Rendered[] = [];
  for (const { view, chains } of parts) {
    const { target, observed, revisions } = view;
    diagnostics.push(...observed.diagnostics);
    if (target.render === undefined) continue;
    const wanted = { fleet: input.fleet.name, chains, observed };
    const retained = retainedDigests(revisions, wanted);
    const change = changeFor({ ...wanted, removeAll: false, retained });
    const part = target.render(change, observed, modules);
    diagnostics.push(...part.diagnostics);
    rendered.push(part);
  }
  if (hasErrors(diagnostics)) return { objects: [], patches: [], diagnostics };
  return {
    objects: rendered.flatMap(({ objects }) => objects),
    patches: rendered.flatMap(({ patches }) => patches),
    diagnostics,
  };
}
