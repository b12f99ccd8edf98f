import type { Direction } from '../model/filter.ts';
import { workloadAddress } from '../model/workload.ts';
import type { ObservedWorkload } from '../ports/target.ts';
import type { Action } from './diff-chains.ts';
import type { Wave } from './plan-waves.ts';

/** What one VM of a filter costs, as measured on the machine that planned. A proxy has one VM for each worker thread. */
export interface FilterCost {
  /** Processor time, in milliseconds. */
  readonly compileMs: number;
  /** Its linear memory once it is configured, in bytes. */
  readonly memoryBytes: number;
}

/** The most that one worker thread of one proxy pays in a wave: all modules that are new to it. */
export interface ProxyCost extends FilterCost {
  readonly vms: number;
}

/** What a wave does to one workload. */
export interface ReachedWorkload {
  /** Address of the workload. */
  readonly workload: string;
  /** Names of its instances. */
  readonly instances: readonly string[];
  /** Instances that restart. */
  readonly restarts: number;
  /** Filters that are new there or changed, and whose failure stops all traffic of that direction, in chain order. */
  readonly failClosed: readonly { readonly direction: Direction; readonly filter: string }[];
  /** Filters whose module its proxies have to compile. */
  readonly starts: readonly string[];
}

/** Sizes of what is reached. */
export interface Reach {
  readonly workloads: number;
  readonly instances: number;
  readonly namespaces: number;
}

/** How far a wave reaches, for whoever decides whether it may. */
export interface WaveImpact {
  readonly workloads: readonly ReachedWorkload[];
  readonly reaches: Reach;
  /** The same of everything that the fleet is on, or shall be on, in this target. */
  readonly of: Reach;
  /** Absent where nothing is compiled, or not all of it was measured. */
  readonly cost?: ProxyCost;
}

/** The impact of each wave, in their order. `concerned` are the workloads that the fleet wants or has something on. */
export function waveImpacts(
  waves: readonly Wave[],
  concerned: readonly ObservedWorkload[],
  actions: readonly Action[],
  restarts: ReadonlyMap<string, number>,
): readonly WaveImpact[] {
  const seen = new Map(concerned.map((w) => [workloadAddress(w.id), w]));
  const byWorkload = Map.groupBy(actions, (action) => action.workload);
  const of = reachOf(concerned);
  return waves.map((wave) => ({
    workloads: wave.workloads.map((workload) => ({
      workload,
      instances: (seen.get(workload)?.instances ?? []).map((instance) => instance.name),
      restarts: restarts.get(workload) ?? 0,
      ...effects(byWorkload.get(workload) ?? []),
    })),
    reaches: reachOf(wave.workloads.flatMap((workload) => seen.get(workload) ?? [])),
    of,
  }));
}

function effects(actions: readonly Action[]): Pick<ReachedWorkload, 'failClosed' | 'starts'> {
  const changed = actions.filter(({ kind }) => kind !== 'remove' && kind !== 'reorder');
  return {
    failClosed: changed
      .filter(({ after }) => after?.onFailure === 'closed')
      .map(({ direction, filter }) => ({ direction, filter })),
    starts: [
      ...new Set(changed.filter(({ kind }) => kind === 'install' || kind === 'update').map((a) => a.filter)),
    ],
  };
}

function reachOf(workloads: readonly ObservedWorkload[]): Reach {
  return {
    workloads: workloads.length,
    instances: workloads.reduce((sum, w) => sum + w.instances.length, 0),
    namespaces: new Set(workloads.map((w) => w.id.namespace)).size,
  };
}

/** The same impact with what it costs a proxy. `costs` are by the name of the filter. */
export function withCost(impact: WaveImpact, costs: ReadonlyMap<string, FilterCost>): WaveImpact {
  const proxies = impact.workloads.map(({ starts }) => starts.map((filter) => costs.get(filter)));
  if (proxies.flat().includes(undefined)) return impact;
  const sums = proxies.map((known) =>
    known.reduce<ProxyCost>(
      (sum, cost) => ({
        vms: sum.vms + 1,
        compileMs: sum.compileMs + (cost?.compileMs ?? 0),
        memoryBytes: sum.memoryBytes + (cost?.memoryBytes ?? 0),
      }),
      { vms: 0, compileMs: 0, memoryBytes: 0 },
    ),
  );
  const [cost] = sums.toSorted((a, b) => b.memoryBytes - a.memoryBytes || b.compileMs - a.compileMs);
  return cost === undefined || cost.vms === 0 ? impact : { ...impact, cost };
}
