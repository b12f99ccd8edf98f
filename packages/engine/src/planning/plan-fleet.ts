import {
  type Chain,
  type DriftRules,
  type FilterCost,
  type Fleet,
  type TargetPlan,
  hasErrors,
  planTarget,
  revisionChains,
  withCost,
} from '@wasmcast/core';
import { modulesOf } from './filter-source.ts';
import { newest } from '../rollout/revisions.ts';
import { type Planned, planned } from './planned.ts';
import { type PlanFleetInput, prepareFleet } from './prepare-fleet.ts';
import { retainedDigests } from './view.ts';

/**
 * The plan that makes the targets as the manifest says. Each filter that would newly run somewhere, or run differently,
 * is tried first (preflight) with the very bytes that it would get. Reads only.
 */
export async function planFleet(input: PlanFleetInput, signal: AbortSignal): Promise<Planned> {
  const { fleet, source } = input;
  const { loaded, parts, diagnostics: found } = await prepareFleet(input, signal);
  const diagnostics = [...found];
  const modules = modulesOf(loaded);
  const plans: TargetPlan[] = [];
  for (const { view, chains } of parts) {
    const { target, observed, revisions, rollout } = view;
    const wanted = { fleet: fleet.name, chains, observed };
    const retained = retainedDigests(revisions, wanted);
    const { waves, probe } = fleet.rollout;
    const last = revisions.at(-1);
    const part = planTarget({
      target,
      ...wanted,
      removeAll: false,
      retained,
      modules,
      waves,
      probe,
      revision: newest(revisions),
      ...(rollout && { rollout }),
      ...(last && { drift: driftRules(fleet, revisionChains(last)) }),
    });
    diagnostics.push(...part.diagnostics);
    if (part.plan === undefined) continue;
    plans.push(part.plan);
    const { steps } = part.plan;
    // oxlint-disable-next-line no-await-in-loop
    diagnostics.push(...((await target.obstacles?.(fleet.name, steps, signal)) ?? []));
  }
  // With a fault elsewhere the plan is refused anyway: then all are tried, so that all their faults are shown too.
  const all = hasErrors(diagnostics);
  const fresh = filtersThatBegin(plans);
  const trials = loaded.filter((f) => all || fresh.has(f.resolved.spec.name));
  const outcomes = trials.length === 0 ? [] : await source.preflight(trials, signal);
  diagnostics.push(...outcomes.flatMap((outcome) => outcome.diagnostics));
  const costs = new Map(
    outcomes.flatMap(({ cost }, i) => {
      const name = trials[i]?.resolved.spec.name;
      return cost === undefined || name === undefined ? [] : [[name, cost] as const];
    }),
  );
  return planned(
    fleet,
    'apply',
    plans.map((plan) => withCosts(plan, costs)),
    diagnostics,
    'forward',
  );
}

function withCosts(plan: TargetPlan, costs: ReadonlyMap<string, FilterCost>): TargetPlan {
  if (plan.impact === undefined) return plan;
  return { ...plan, impact: plan.impact.map((impact) => withCost(impact, costs)) };
}

/** How drift from what is `live` is told, and what the manifest says of it: a filter's own word, else the fleet's. */
export function driftRules(fleet: Fleet, live: readonly Chain[]): DriftRules {
  const own = new Map(fleet.filters.map(({ name, drift }) => [name, drift]));
  return { live, policyOf: (filter) => own.get(filter) ?? fleet.drift ?? 'correct' };
}

/** Names of the filters that start to run somewhere, or run differently. */
function filtersThatBegin(parts: readonly TargetPlan[]): ReadonlySet<string> {
  const begins = parts.flatMap((p) => p.actions).filter((a) => a.kind !== 'remove' && a.kind !== 'reorder');
  return new Set(begins.map((a) => a.filter));
}
