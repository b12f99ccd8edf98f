import { jsonEquals, type JsonValue } from '../json.ts';
import type { Chain } from '../model/chain.ts';
import type { DesiredFilter, Direction } from '../model/filter.ts';
import { workloadAddress } from '../model/workload.ts';

/**
 * What becomes of one filter on one workload.
 *
 * - `install`, `remove`: it was not there, it will not be there.
 * - `update`: another module. `reconfigure`: the same module with another configuration or other settings.
 * - `reorder`: only its place changes. `repair`: the target does not show what was installed.
 */
export interface Action {
  readonly kind: 'install' | 'update' | 'reconfigure' | 'reorder' | 'remove' | 'repair';
  /** Address of the workload. */
  readonly workload: string;
  readonly direction: Direction;
  readonly filter: string;
  readonly before?: DesiredFilter;
  readonly after?: DesiredFilter;
}

/** The key that pairs a wanted chain with the installed one. */
export function chainKey(chain: Pick<Chain, 'workload' | 'direction'>): string {
  return `${workloadAddress(chain.workload)} ${chain.direction}`;
}

/** The actions that lead from the installed chains to the wanted ones, by workload and in chain order. */
export function diffChains(installed: readonly Chain[], wanted: readonly Chain[]): readonly Action[] {
  const before = new Map(installed.map((chain) => [chainKey(chain), chain]));
  const actions: Action[] = [];
  for (const chain of wanted) {
    actions.push(...diffChain(before.get(chainKey(chain))?.filters ?? [], chain));
  }
  return actions;
}

function diffChain(installed: readonly DesiredFilter[], wanted: Chain): Action[] {
  const base = { workload: workloadAddress(wanted.workload), direction: wanted.direction };
  const old = new Map(installed.map((filter) => [filter.name, filter]));
  const stays = installed.filter((f) => wanted.filters.some((w) => w.name === f.name)).map((f) => f.name);
  const kept = wanted.filters.filter((f) => old.has(f.name)).map((f) => f.name);
  const actions: Action[] = [];
  for (const after of wanted.filters) {
    const before = old.get(after.name);
    if (before === undefined) {
      actions.push({ kind: 'install', ...base, filter: after.name, after });
      continue;
    }
    const kind = changeOf(before, after, stays.indexOf(after.name) !== kept.indexOf(after.name));
    if (kind !== undefined) actions.push({ kind, ...base, filter: after.name, before, after });
  }
  for (const before of installed) {
    if (!kept.includes(before.name)) actions.push({ kind: 'remove', ...base, filter: before.name, before });
  }
  return actions;
}

function changeOf(before: DesiredFilter, after: DesiredFilter, moved: boolean): Action['kind'] | undefined {
  if (before.moduleDigest !== after.moduleDigest) return 'update';
  // A plain-data round trip gives the interface an index signature.
  const same = jsonEquals(
    before as unknown as JsonValue,
    { ...after, position: before.position } as unknown as JsonValue,
  );
  if (!same) return 'reconfigure';
  return moved || before.position !== after.position ? 'reorder' : undefined;
}
