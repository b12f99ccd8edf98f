import { type Diagnostic, hasErrors } from '../diagnostic.ts';
import type { Sha256 } from '../digest.ts';
import type { Chain } from '../model/chain.ts';
import type { ProbePolicy, RolloutPolicy } from '../model/rollout-policy.ts';
import type { RolloutRecord } from '../model/rollout-record.ts';
import type { Step } from '../model/step.ts';
import { workloadAddress } from '../model/workload.ts';
import type { Change, Observed, Target } from '../ports/target.ts';
import { type Action, chainKey, diffChains } from './diff-chains.ts';
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

  const concerned = new Set(change.chains.map((chain) => workloadAddress(chain.workload)));
  const workloads = observed.workloads.filter((w) => concerned.has(workloadAddress(w.id)));
  const differences = diffChains(installedChains(observed), change.chains);
  const actions = [...differences, ...repairs(compiled.steps, differences, change.chains)];
  const previous = previousChains(input, change.chains);
  const unfinished = input.rollout && unfinishedFor(input.rollout, change.chains);
  const restarts = restartsOf(compiled.steps);
  const changed = candidates(observed, restarts, [
    ...compiled.steps.flatMap((step) => (step.stage === 'change' ? (step.workload ?? []) : [])),
    ...diffChains(previous, change.chains).map((action) => action.workload),
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
      steps: compiled.steps,
      expected: change.chains,
      previous,
      ...(tried.probes.length > 0 && { probes: tried.probes }),
      waves,
      impact: waveImpacts(waves, workloads, actions, restarts),
      ...(unfinished !== undefined && { unfinished }),
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

/** The change that leads to the wanted chains: also what the fleet has installed and nobody wants any more is named. */
export function changeFor(
  input: Pick<PlanTargetInput, 'fleet' | 'chains' | 'observed' | 'removeAll' | 'retained'>,
): Change {
  const wanted = new Map(input.chains.map((chain) => [chainKey(chain), chain]));
  const gone = input.observed.workloads.flatMap((w) => w.chains).filter((c) => !wanted.has(chainKey(c)));
  const chains = [...wanted.values(), ...gone.map((c): Chain => ({ ...c, filters: [] }))];
  return {
    fleet: input.fleet,
    chains: chains.toSorted((a, b) => (chainKey(a) < chainKey(b) ? -1 : 1)),
    removeAll: input.removeAll,
    retained: input.retained,
  };
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

/** Workloads that look different since a plan was saved, came or went, by address. An empty list: the plan still holds. */
export function movedSince(plan: TargetPlan, observed: Observed): readonly string[] {
  const now = new Map(observed.workloads.map((w) => [workloadAddress(w.id), w.version]));
  const addresses = new Set([...Object.keys(plan.seen), ...now.keys()]);
  return [...addresses].filter((address) => now.get(address) !== plan.seen[address]);
}
