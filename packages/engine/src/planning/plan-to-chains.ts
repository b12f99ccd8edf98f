import { type Chain, type Observed, type PlanTargetInput, planTarget, workloadAddress } from '@wasmcast/core';

/** What {@link planToChains} goes by. */
export type ToChains = Omit<PlanTargetInput, 'removeAll' | 'modules' | 'waves' | 'probe' | 'drift'> &
  Partial<Pick<PlanTargetInput, 'waves'>>;

/** The plan to chains that were live once. It fetches nothing: the target still holds their modules. */
export function planToChains(input: ToChains): ReturnType<typeof planTarget> {
  const observed = withoutAbsences(input.observed);
  return planTarget({ waves: [], ...input, observed, removeAll: false, modules: new Map() });
}

/** Chains of workloads that are still there; the others have nothing to go back to. */
export function stillThere<T extends Pick<Chain, 'workload'>>(
  chains: readonly T[],
  { workloads }: Observed,
): readonly T[] {
  const there = new Set(workloads.map(({ id }) => workloadAddress(id)));
  return chains.filter(({ workload }) => there.has(workloadAddress(workload)));
}

/** That something is not there any more must not be in the way of going back or out; a right that is missing still is. */
export function withoutAbsences(observed: Observed): Observed {
  return { ...observed, diagnostics: observed.diagnostics.filter(({ exit }) => exit !== undefined) };
}
