import { type Diagnostic, hasErrors } from '../diagnostic.ts';
import type { Sha256 } from '../digest.ts';
import type { Chain } from '../model/chain.ts';
import type { Drift } from '../model/drift.ts';
import type { ProbePolicy, RolloutPolicy } from '../model/rollout-policy.ts';
import type { RolloutRecord } from '../model/rollout-record.ts';
import type { Step } from '../model/step.ts';
import { workloadAddress } from '../model/workload.ts';
import type { Observed, Target } from '../ports/target.ts';
import { changeFor } from './change-for.ts';
import { type Action, chainKey, diffChains } from './diff-chains.ts';
import { driftOf, type DriftRules, findDrift, workloadPolicies } from './find-drift.ts';
import type { Restart, TargetPlan } from './plan.ts';
import { planProbes } from './plan-probes.ts';
import { keepWaves, planWaves, type WaveCandidate } from './plan-waves.ts';
import { chainsBefore, goesOn, unfinishedFor } from './unfinished.ts';
import { waveImpacts } from './wave-impact.ts';

/** What {@link planTarget} is made from. */
export interface PlanTargetInput {
  readonly target: Pick<Target, 'name' | 'compile' | 'probing'>;
  readonly fleet: string;
  /** The wanted chains; workloads that have something of the fleet and are not named here lose it. */
  readonly chains: readonly Chain[];
  readonly observed: Observed;
  readonly removeAll: boolean;
  readonly retained: readonly Sha256[];
  readonly modules: ReadonlyMap<Sha256, Uint8Array>;
  /** Whether something is tried before the first wave; without it nothing is. */
  readonly probe?: ProbePolicy;
  /** How the changed workloads are dealt out; empty: all at once. */
  readonly waves: RolloutPolicy['waves'];
  /** The rollout that the target remembers: what it found when it began is what to go back to, not what it has done since. */
  readonly rollout?: RolloutRecord;
  /** How drift is told, and what becomes of it; undefined: whatever differs is made as wanted. */
  readonly drift?: DriftRules;
  /** Number of the newest revision, 0 for none. */
  readonly revision?: number;
}

/**
 * Compares what is wanted with what is observed, and compiles the difference. Deterministic: the same input gives the
 * same plan, whatever the order of the observed workloads. Returns no plan when the target refuses.
 */
export function planTarget(input: PlanTargetInput): {
  readonly plan?: TargetPlan;
  readonly diagnostics: readonly Diagnostic[];
} {
  const { observed } = input;
  const change = changeFor(input);
  const compiled = input.target.compile(change, observed, input.modules);
  const diagnostics = [...observed.diagnostics, ...compiled.diagnostics];
  if (hasErrors(diagnostics)) return { diagnostics };

  // Waves are dealt from workloads: a change that serves none would never be written.
  const stray = compiled.steps.find((step) => step.stage === 'change' && step.workload === undefined);
  if (stray !== undefined) throw new TypeError(`the change ${stray.id} serves no workload`);

  const drift = driftFor(input, change.chains, compiled.steps);
  const left = leftAlone(input, change.chains, compiled.steps);
  const steps = stepsBut(compiled.steps, left);
  const isTouched = (action: Action): boolean => !left.has(action.workload);
  const concerned = new Set(change.chains.map((chain) => workloadAddress(chain.workload)));
  const workloads = observed.workloads.filter((w) => concerned.has(workloadAddress(w.id)));
  const differences = diffChains(installedChains(observed), change.chains).filter(isTouched);
  const actions = [...differences, ...repairs(steps, differences, change.chains)];
  const previous = previousChains(input, change.chains);
  const unfinished = input.rollout && unfinishedFor(input.rollout, change.chains);
  const restarts = restartsOf(steps);
  const changed = candidates(observed, restarts, [
    ...steps.flatMap((step) => (step.stage === 'change' ? (step.workload ?? []) : [])),
    ...diffChains(previous, change.chains)
      .filter(isTouched)
      .map((action) => action.workload),
  ]);
  const waves = goesOn(unfinished)
    ? keepWaves(input.rollout?.waves ?? [], changed)
    : planWaves(input, changed);
  // Once a wave is through, its instances have shown more than a probe can.
  const policy = goesOn(unfinished) && unfinished.finished > 0 ? 'off' : (input.probe ?? 'off');
  const tried = planProbes({ target: input.target, change, observed, policy, actions: differences, waves });
  diagnostics.push(...tried.diagnostics);
  if (hasErrors(diagnostics)) return { diagnostics };
  return {
    plan: {
      target: input.target.name,
      actions,
      steps,
      expected: change.chains,
      previous,
      ...(tried.probes.length > 0 && { probes: tried.probes }),
      waves,
      impact: waveImpacts(waves, workloads, actions, restarts),
      ...(unfinished !== undefined && { unfinished }),
      ...(drift.length > 0 && { drift }),
      ...(left.size > 0 && { left: [...left] }),
      ...(input.revision !== undefined && { revision: input.revision }),
      restarts: workloads.flatMap((w): Restart[] => {
        const instances = restarts.get(workloadAddress(w.id));
        if (instances === undefined) return [];
        return [
          {
            workload: workloadAddress(w.id),
            instances,
            ...(w.restartNote !== undefined && { note: w.restartNote }),
          },
        ];
      }),
      versions: observed.versions,
      instances: workloads.reduce((sum, w) => sum + w.instances.length, 0),
      seen: Object.fromEntries(observed.workloads.map((w) => [workloadAddress(w.id), w.version])),
    },
    diagnostics,
  };
}

/** What was changed since it was last made live. A rollout that is not over has no such state yet. */
function driftFor(
  input: PlanTargetInput,
  wanted: readonly Chain[],
  steps: readonly Step[],
): readonly Drift[] {
  const { drift, rollout } = input;
  if (drift === undefined || rollout !== undefined || steps.length === 0) return [];
  const isNew = diffChains(drift.live, wanted).length > 0 || diffChains(wanted, drift.live).length > 0;
  return (isNew ? findDrift(input, drift) : driftOf(steps, drift)).filter(
    ({ policy }) => policy !== 'ignore',
  );
}

/** Workloads whose drift stays, because the manifest says so and asks for nothing new there. */
function leftAlone(
  { drift: rules, rollout }: PlanTargetInput,
  wanted: readonly Chain[],
  steps: readonly Step[],
): ReadonlySet<string> {
  if (rules === undefined || rollout !== undefined || steps.length === 0) return new Set();
  const renewed = new Set(
    [...diffChains(rules.live, wanted), ...diffChains(wanted, rules.live)].map(({ workload }) => workload),
  );
  const policies = workloadPolicies(rules);
  const drifted = steps.flatMap(({ stage, workload }) => (stage === 'change' ? (workload ?? []) : []));
  const stays = (address: string): boolean =>
    !renewed.has(address) && (policies.get(address) ?? 'correct') !== 'correct';
  return new Set(drifted.filter(stays));
}

/** The steps without those of some workloads; where nothing else changes, what they share is left too. */
function stepsBut(steps: readonly Step[], left: ReadonlySet<string>): readonly Step[] {
  const kept = steps.filter(({ workload }) => workload === undefined || !left.has(workload));
  const isOnlyDrift = kept.length < steps.length && kept.every(({ stage }) => stage !== 'change');
  return isOnlyDrift ? [] : kept;
}

/** Instances that restart, by workload. */
function restartsOf(steps: readonly Step[]): ReadonlyMap<string, number> {
  const restarts = new Map<string, number>();
  for (const step of steps) {
    if (step.workload !== undefined && step.restarts > 0) {
      restarts.set(step.workload, Math.max(restarts.get(step.workload) ?? 0, step.restarts));
    }
  }
  return restarts;
}

/** What stands on the concerned workloads before the rollout, an unfinished one included; an empty chain where nothing does. */
function previousChains({ observed, rollout }: PlanTargetInput, chains: readonly Chain[]): readonly Chain[] {
  const nothing = chains.map((chain): Chain => ({ ...chain, filters: [] }));
  const known = [...nothing, ...installedChains(observed), ...chainsBefore(rollout)];
  return [...new Map(known.map((chain) => [chainKey(chain), chain])).values()];
}

/** What waves are dealt from: every workload that is written now, or was by the rollout that this one goes on with. */
function candidates(
  observed: Observed,
  restarts: ReadonlyMap<string, number>,
  changed: readonly string[],
): readonly WaveCandidate[] {
  const seen = new Map(observed.workloads.map((w) => [workloadAddress(w.id), w]));
  return [...new Set(changed)].map((address) => {
    const { labels = {}, instances = [] } = seen.get(address) ?? {};
    return { address, labels, instances: instances.length, restarts: restarts.get(address) ?? 0 };
  });
}

function installedChains(observed: Observed): readonly Chain[] {
  return observed.workloads.flatMap((w) => w.chains).filter((c) => c.filters.length > 0);
}

/** Workloads that are written although their installed chain equals the wanted one: the target had drifted. */
function repairs(
  steps: TargetPlan['steps'],
  actions: readonly Action[],
  chains: readonly Chain[],
): readonly Action[] {
  const written = new Set(steps.filter((s) => s.stage === 'change').map((s) => s.workload));
  const explained = new Set(actions.map((action) => action.workload));
  return chains.flatMap((chain) => {
    const workload = workloadAddress(chain.workload);
    if (!written.has(workload) || explained.has(workload)) return [];
    return chain.filters.map((after): Action => ({
      kind: 'repair',
      workload,
      direction: chain.direction,
      filter: after.name,
      after,
    }));
  });
}
