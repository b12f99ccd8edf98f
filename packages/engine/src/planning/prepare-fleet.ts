import {
  type Chain,
  type Diagnostic,
  type Fleet,
  type SourceSpan,
  type Target,
  resolveChains,
} from '@wasmcast/core';
import { mapBounded } from '../concurrency/map-bounded.ts';
import type { FilterSource, LoadedFilter } from './filter-source.ts';
import { type View, view } from './view.ts';

/** Modules that are built, read or pulled at a time. A compiler takes a core and some 100 MB; pulls mostly wait. */
const loadsAtATime = 4;

/** What planning works with. */
export interface PlanFleetInput {
  readonly fleet: Fleet;
  /** The targets to plan for, opened. */
  readonly targets: readonly Target[];
  readonly source: FilterSource;
  /** Where a place of the manifest stands in its file. */
  readonly locate: (path: readonly (string | number)[]) => SourceSpan | undefined;
}

/** Everything that a plan is compiled from: the modules, and for each target how it stands and what is wanted of it. */
export interface PreparedFleet {
  readonly loaded: readonly LoadedFilter[];
  readonly parts: readonly { readonly view: View; readonly chains: readonly Chain[] }[];
  readonly diagnostics: readonly Diagnostic[];
}

/** Loads and checks every filter that a planned target uses, looks at the targets meanwhile, and resolves the bindings. */
export async function prepareFleet(input: PlanFleetInput, signal: AbortSignal): Promise<PreparedFleet> {
  const { fleet, targets, source } = input;
  const names = new Set(targets.map((t) => t.name));
  const bindings = fleet.bindings.filter((b) => names.has(b.target));
  const used = new Set(bindings.flatMap((b) => b.chain));
  const wanted = fleet.filters.filter((f) => used.has(f.name));
  // A target that cannot be read ends the building of modules too, and the other way round.
  const [loadings, views] = await together(
    signal,
    (both) => mapBounded(wanted, loadsAtATime, both, (filter, each) => source.load(filter, each)),
    (both) => mapBounded(targets, targets.length, both, (target, each) => view(target, fleet, each)),
  );
  const loaded = loadings.flatMap((l) => (l.kind === 'ok' ? [l.value] : []));
  const diagnostics = loadings.flatMap((l) => (l.kind === 'ok' ? l.value.warnings : l.diagnostics));
  const filters = new Map(loaded.map((f) => [f.resolved.spec.name, f.resolved]));
  const parts = await mapBounded(views, views.length, signal, async (seen, each) => {
    const { target, observed } = seen;
    const spec = fleet.targets.find((t) => t.name === target.name);
    const resolved = resolveChains({
      target: target.name,
      capabilities: target.capabilities,
      bindings,
      workloads: observed.workloads,
      filters,
      ...(spec?.kind === 'istio' && spec.mirrors !== undefined && { mirrors: spec.mirrors }),
      ...(spec?.kind === 'istio' && spec.moduleServer !== undefined && { moduleServer: spec.moduleServer }),
      locate: input.locate,
    });
    const { chains } = resolved;
    const judged = await source.judge?.({ target, observed, chains }, loaded, each);
    return { view: seen, chains, diagnostics: [...resolved.diagnostics, ...(judged ?? [])] };
  });
  diagnostics.push(...parts.flatMap((part) => part.diagnostics));
  return { loaded, parts, diagnostics };
}

/** Both, side by side; the first failure aborts the other, which is waited for. */
async function together<A, B>(
  signal: AbortSignal,
  first: (signal: AbortSignal) => Promise<A>,
  second: (signal: AbortSignal) => Promise<B>,
): Promise<readonly [A, B]> {
  const [a, b] = await mapBounded<(signal: AbortSignal) => Promise<A | B>, A | B>(
    [first, second],
    2,
    signal,
    (run, both) => run(both),
  );
  return [a as A, b as B];
}
