import type { Diagnostic } from '../diagnostic.ts';
import { isFetched } from '../model/filter.ts';
import type { ProbePolicy } from '../model/rollout-policy.ts';
import { workloadAddress } from '../model/workload.ts';
import type { ProbePlan } from '../ports/probing.ts';
import type { Change, Observed, Target } from '../ports/target.ts';
import type { Action } from './diff-chains.ts';
import type { Wave } from './plan-waves.ts';

/** Probes of one rollout: a fleet that pulls in more namespaces than this is a load of its own. */
const probesAtMost = 20;

/** What {@link planProbes} chooses from. */
export interface PlanProbesInput {
  readonly target: Pick<Target, 'name' | 'probing'>;
  readonly change: Change;
  readonly observed: Observed;
  readonly policy: ProbePolicy;
  readonly actions: readonly Action[];
  /** With none of them through. */
  readonly waves: readonly Wave[];
}

/**
 * Chooses what is tried first: the smallest workload of the first wave in which something begins to run, and for images
 * the smallest of each namespace and pull secret, because that is who pulls.
 */
export function planProbes(input: PlanProbesInput): {
  readonly probes: readonly ProbePlan[];
  readonly diagnostics: readonly Diagnostic[];
} {
  const { target, change, observed, policy, waves } = input;
  const begins = Map.groupBy(input.actions.filter(beginsToRun), (action) => action.workload);
  if (policy === 'off' || begins.size === 0 || waves.length === 0) return { probes: [], diagnostics: [] };
  const { probing } = target;
  if (probing === undefined) {
    // A target without probes has instances that take a chain without a start; only who insists on one hears of it.
    const why = `target ${target.name} has no probes`;
    return { probes: [], diagnostics: policy === 'required' ? [refused(target.name, why)] : [] };
  }
  const chains = Map.groupBy(change.chains, (chain) => workloadAddress(chain.workload));
  const first = new Set(waves[0]?.workloads);
  const probes: ProbePlan[] = [];
  const covered = new Set<string>();
  const obstacles = new Map<string, Diagnostic>();
  for (const workload of waves.flatMap((wave) => wave.workloads)) {
    const actions = begins.get(workload);
    if (actions === undefined) continue;
    const needs = [
      ...(first.has(workload) ? ['first wave'] : []),
      ...actions.flatMap((action) => pullOf(workload, action) ?? []),
    ];
    if (needs.every((need) => covered.has(need))) continue;
    const design =
      probes.length < probesAtMost
        ? probing.design(chains.get(workload) ?? [], change, observed)
        : ({ kind: 'none', why: `${probesAtMost} probes are as many as there can be` } as const);
    if (design.kind === 'none') {
      for (const need of needs) obstacles.set(need, remarkOrRefuse(policy, workload, design.why));
      continue;
    }
    for (const need of needs) covered.add(need);
    const { summary, native } = design;
    probes.push({ workload, summary, required: policy === 'required', native });
  }
  const open = [...obstacles].filter(([need]) => !covered.has(need)).map(([, diagnostic]) => diagnostic);
  return { probes, diagnostics: [...new Map(open.map((d) => [d.summary, d])).values()] };
}

/** A filter that goes, or only moves, brings nothing that could fail to start. */
function beginsToRun({ kind }: Action): boolean {
  return kind === 'install' || kind === 'update' || kind === 'reconfigure';
}

/** Who fetches a module: the namespace, with the secret that it has for an image. */
function pullOf(workload: string, { after }: Action): string | undefined {
  if (after === undefined || !isFetched(after)) return undefined;
  return JSON.stringify([workload.split('/')[1], after.image?.pullSecret ?? '']);
}

function remarkOrRefuse(policy: ProbePolicy, subject: string, why: string): Diagnostic {
  if (policy === 'required') return refused(subject, why);
  return {
    severity: 'warning',
    code: 'WC-PROBE-002',
    summary: `no probe is started before the first wave: ${why}`,
    help: 'what fails at the start is met in the first wave; `rollout: {probe: off}` takes this remark away',
    subject,
  };
}

function refused(subject: string, why: string): Diagnostic {
  return {
    severity: 'error',
    code: 'WC-PROBE-001',
    summary: `\`rollout.probe\` is required, and there can be none: ${why}`,
    help: 'mend that, or leave `rollout.probe` at auto',
    subject,
  };
}
