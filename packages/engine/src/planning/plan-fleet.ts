import {
  type Diagnostic,
  type Fleet,
  type Observed,
  type Plan,
  type Revision,
  type Sha256,
  type SourceSpan,
  type Target,
  type TargetPlan,
  hasErrors,
  planTarget,
  resolveChains,
  revisionChains,
} from '@wasmcast/core';
import { retainedRevisions } from '../rollout/run-rollout.ts';
import { type FilterSource, type LoadedFilter, modulesOf } from './filter-source.ts';

/** A plan, or every reason why there is none. */
export interface Planned {
  readonly plan?: Plan;
  readonly diagnostics: readonly Diagnostic[];
}

/** What {@link planFleet} works with. */
export interface PlanFleetInput {
  readonly fleet: Fleet;
  /** The targets to plan for, opened. */
  readonly targets: readonly Target[];
  readonly source: FilterSource;
  readonly locate: (path: readonly (string | number)[]) => SourceSpan | undefined;
}

/**
 * The plan that makes the targets as the manifest says. Loads and checks every filter that a planned target uses, looks
 * at the targets meanwhile, and tries (preflight) each filter that would newly run somewhere. Reads only.
 */
export async function planFleet(input: PlanFleetInput, signal: AbortSignal): Promise<Planned> {
  const { fleet, targets, source } = input;
  const names = new Set(targets.map((t) => t.name));
  const bindings = fleet.bindings.filter((b) => names.has(b.target));
  const used = new Set(bindings.flatMap((b) => b.chain));
  const wanted = fleet.filters.filter((f) => used.has(f.name));

  const [loadings, views] = await Promise.all([
    Promise.all(wanted.map((filter) => source.load(filter, signal))),
    Promise.all(targets.map((target) => view(target, fleet, signal))),
  ]);
  const diagnostics: Diagnostic[] = [];
  const loaded = new Map<string, LoadedFilter>();
  for (const loading of loadings) {
    if (loading.kind === 'refused') diagnostics.push(...loading.diagnostics);
    else {
      loaded.set(loading.value.resolved.spec.name, loading.value);
      diagnostics.push(...loading.value.warnings);
    }
  }

  const filters = new Map([...loaded].map(([name, f]) => [name, f.resolved]));
  const parts: TargetPlan[] = [];
  for (const { target, observed, retained } of views) {
    const resolved = resolveChains({
      target: target.name,
      capabilities: target.capabilities,
      bindings,
      workloads: observed.workloads,
      filters,
      locate: input.locate,
    });
    diagnostics.push(...resolved.diagnostics);
    const planned = planTarget({
      target,
      fleet: fleet.name,
      chains: resolved.chains,
      observed,
      removeAll: false,
      retained,
      modules: modulesOf(loaded.values()),
    });
    diagnostics.push(...planned.diagnostics);
    if (planned.plan !== undefined) parts.push(planned.plan);
  }

  const fresh = filtersThatBegin(parts);
  const trials = [...loaded.values()].filter(
    (f) => hasErrors(diagnostics) || fresh.has(f.resolved.spec.name),
  );
  diagnostics.push(...(await Promise.all(trials.map((f) => source.preflight(f, signal)))).flat());
  return finish(diagnostics, {
    schema: 'wasmcast.dev/plan/v1',
    fleet: fleet.name,
    cause: 'apply',
    removeAll: false,
    timeoutMs: fleet.rollout.timeoutMs,
    targets: parts,
    warnings: [],
  });
}

/** The plan that takes the whole fleet out of the targets, with its history. */
export async function planRemoval(
  fleet: Fleet,
  targets: readonly Target[],
  signal: AbortSignal,
): Promise<Planned> {
  const views = await Promise.all(targets.map((target) => view(target, fleet, signal)));
  const planned = views.map(({ target, observed }) =>
    planTarget({
      target,
      fleet: fleet.name,
      chains: [],
      // What the bindings select need not exist any more for the fleet to go.
      observed: { ...observed, diagnostics: observed.diagnostics.filter((d) => d.exit !== undefined) },
      removeAll: true,
      retained: [],
      modules: new Map(),
    }),
  );
  return finish(
    planned.flatMap((p) => p.diagnostics),
    {
      schema: 'wasmcast.dev/plan/v1',
      fleet: fleet.name,
      cause: 'remove',
      removeAll: true,
      timeoutMs: fleet.rollout.timeoutMs,
      targets: planned.flatMap((p) => p.plan ?? []),
      warnings: [],
    },
  );
}

/**
 * The plan back to revision `number`, or to the one before the newest. It fetches nothing: the modules of retained
 * revisions are still in the target.
 */
export async function planRollback(
  fleet: Fleet,
  target: Target,
  number: number | undefined,
  signal: AbortSignal,
): Promise<Planned> {
  const { observed, retained, revisions } = await view(target, fleet, signal);
  const to = number === undefined ? revisions.at(-2) : revisions.find((r) => r.number === number);
  if (to === undefined) return { diagnostics: [noRevision(fleet.name, target.name, number, revisions)] };
  const planned = planTarget({
    target,
    fleet: fleet.name,
    chains: revisionChains(to),
    observed,
    removeAll: false,
    retained,
    modules: new Map(),
  });
  return finish(planned.diagnostics, {
    schema: 'wasmcast.dev/plan/v1',
    fleet: fleet.name,
    cause: `rollback to ${to.number}`,
    removeAll: false,
    timeoutMs: fleet.rollout.timeoutMs,
    targets: planned.plan === undefined ? [] : [planned.plan],
    warnings: [],
  });
}

interface View {
  readonly target: Target;
  readonly observed: Observed;
  readonly revisions: readonly Revision[];
  /** Digests that the revisions name which will still be kept once a new one is added. */
  readonly retained: readonly Sha256[];
}

async function view(target: Target, fleet: Fleet, signal: AbortSignal): Promise<View> {
  const selectors = fleet.bindings.filter((b) => b.target === target.name).map((b) => b.select);
  const [observed, revisions] = await Promise.all([
    target.observe({ fleet: fleet.name, selectors }, signal),
    target.revisions.list(fleet.name, signal),
  ]);
  const kept = revisions.slice(-(retainedRevisions - 1));
  const retained = new Set(kept.flatMap((r) => r.filters.map((f) => f.moduleDigest)));
  return { target, observed, revisions, retained: [...retained] };
}

/** Names of the filters that start to run somewhere, or run differently. */
function filtersThatBegin(parts: readonly TargetPlan[]): ReadonlySet<string> {
  const begins = parts.flatMap((p) => p.actions).filter((a) => a.kind !== 'remove' && a.kind !== 'reorder');
  return new Set(begins.map((a) => a.filter));
}

function finish(diagnostics: readonly Diagnostic[], plan: Plan): Planned {
  if (hasErrors(diagnostics)) return { diagnostics };
  return { plan: { ...plan, warnings: diagnostics }, diagnostics };
}

function noRevision(
  fleet: string,
  target: string,
  number: number | undefined,
  revisions: readonly Revision[],
): Diagnostic {
  const known = revisions.map((r) => r.number).join(', ');
  return {
    severity: 'error',
    code: 'WC-ROLL-001',
    summary:
      number === undefined
        ? `fleet ${fleet} has no revision before the present one on ${target}`
        : `fleet ${fleet} has no revision ${number} on ${target}`,
    help:
      known === ''
        ? 'nothing was rolled out yet; `wasmcast history` shows what was'
        : `its revisions are ${known}; \`wasmcast remove\` takes the fleet out`,
    exit: 'failed',
  };
}
