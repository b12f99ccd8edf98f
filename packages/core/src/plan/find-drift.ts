import type { Sha256 } from '../digest.ts';
import { hasErrors } from '../diagnostic.ts';
import type { Chain } from '../model/chain.ts';
import type { Difference, Drift, DriftPolicy } from '../model/drift.ts';
import type { Step } from '../model/step.ts';
import { workloadAddress } from '../model/workload.ts';
import type { Observed, Target } from '../ports/target.ts';
import { changeFor } from './change-for.ts';
import { differenceOf } from './difference-of.ts';

/** What drift is measured by. */
export interface DriftRules {
  /** What was last made live on the target: the chains of its newest revision. */
  readonly live: readonly Chain[];
  /** What the manifest says about a filter. */
  policyOf(filter: string): DriftPolicy;
}

/** What stands otherwise than it was last made. Pure: it is compiled as a change back to that, and never written. */
export function findDrift(
  input: { readonly target: Pick<Target, 'compile'>; readonly fleet: string; readonly observed: Observed },
  rules: DriftRules,
): readonly Drift[] {
  const { live } = rules;
  // What is missing is said by its name: the bytes of a module do not matter.
  const modules = new Map<Sha256, Uint8Array>(
    live.flatMap(({ filters }) => filters.map((filter) => [filter.moduleDigest, new Uint8Array()] as const)),
  );
  const change = changeFor({ ...input, chains: live, removeAll: false, retained: [...modules.keys()] });
  const { steps, diagnostics } = input.target.compile(change, input.observed, modules);
  // What is refused now has been said by the plan, and could not be told from drift.
  if (hasErrors(diagnostics)) return [];
  return driftOf(steps, rules);
}

/** The same, from steps that lead back to what was last made live. */
export function driftOf(steps: readonly Step[], rules: DriftRules): readonly Drift[] {
  const policies = workloadPolicies(rules);
  return steps
    .filter(({ stage }) => stage !== 'cleanup')
    .map((step) => ({
      ...differenceOf(step),
      ...(step.workload !== undefined && { workload: step.workload }),
      policy:
        (step.workload === undefined ? undefined : policies.get(step.workload)) ??
        strictest([...policies.values()]),
    }));
}

/** What counts for a workload: its filters share objects, so it is left alone only if each of them may be. */
export function workloadPolicies(rules: DriftRules): ReadonlyMap<string, DriftPolicy> {
  const byWorkload = Map.groupBy(rules.live, ({ workload }) => workloadAddress(workload));
  return new Map(
    [...byWorkload].map(([address, chains]) => [
      address,
      strictest(chains.flatMap(({ filters }) => filters.map(({ name }) => rules.policyOf(name)))),
    ]),
  );
}

function strictest(policies: readonly DriftPolicy[]): DriftPolicy {
  if (policies.length === 0 || policies.includes('correct')) return 'correct';
  return policies.includes('warn') ? 'warn' : 'ignore';
}

/** ` by kubectl-edit at 2026-11-23T02:00:00Z`, or nothing. */
export function writerText(by: Difference['by']): string {
  return by === undefined ? '' : ` by ${by.manager}${by.at === undefined ? '' : ` at ${by.at}`}`;
}

/** `EnvoyFilter foo/x was edited (spec) by kubectl-edit at …` */
export function differenceText({ kind, object, fields, by }: Difference): string {
  const what = { missing: 'is not there', edited: 'was edited', extra: 'should not be there' }[kind];
  return `${object} ${what}${fields.length === 0 ? '' : ` (${fields.join(', ')})`}${writerText(by)}`;
}
