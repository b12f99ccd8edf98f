import type { FilterVerdict } from '@wasmcast/core';
import type { ModuleUse } from './module-uses.ts';

/** Envoy's words when a Wasm function traps: from then on the VM is dead, and no page of the admin interface says so. */
const trap = /Function: (\w+) failed: (.*?)(?:\tthread=\d+)?$/;

/** A Wasm VM of the proxy that died. */
export interface Trap {
  /** Milliseconds since the epoch. */
  readonly at: number;
  /** `proxy_on_request_headers: Uncaught RuntimeError: unreachable` */
  readonly what: string;
}

/** Reads a log whose lines begin with a time. */
export function readTraps(log: string): readonly Trap[] {
  return log.split('\n').flatMap((line): Trap[] => {
    const space = line.indexOf(' ');
    const [, name, reason] = trap.exec(line) ?? [];
    if (name === undefined) return [];
    return [{ at: Date.parse(line.slice(0, space)), what: `${name}: ${(reason ?? '').slice(0, 200)}` }];
  });
}

/**
 * Turns `live` into `crashed` for filters whose VM is dead by these traps, and into `maybe-crashed` where that cannot be told:
 * the log does not name the filter, and no page of the proxy knows. A configuration that came after a trap has a VM that
 * lives; one that came before has the dead one for certain only if the proxy runs no other VM, ours or, `hasOthers`, not. A
 * filter that reloads heals itself: it stays live, and the evidence tells of the last trap.
 */
export function judgeCrashes(
  verdicts: readonly FilterVerdict[],
  uses: readonly ModuleUse[],
  hasOthers: boolean,
  traps: readonly Trap[],
): readonly FilterVerdict[] {
  const isOne = !hasOthers && new Set(uses.map(({ vm }) => vm)).size === 1;
  const names = [...new Set(uses.map(({ filter }) => filter)), ...(hasOthers ? ['filters of others'] : [])];
  const whose = isOne ? 'its VM died' : `a VM died, of one of ${names.join(', ')}`;
  return verdicts.map((verdict) => {
    if (verdict.verdict !== 'live') return verdict;
    const use = uses.find((each) => each.filter === verdict.filter && each.direction === verdict.direction);
    if (use === undefined) return verdict;
    const last = traps.findLast(({ at }) => at >= use.since);
    if (last === undefined) return verdict;
    if (!use.reloads) {
      const fate = isOne ? 'crashed' : 'maybe-crashed';
      return { ...verdict, verdict: fate, evidence: `${whose}: ${last.what}` };
    }
    const healed = isOne ? ' and is made anew' : '; if it was its own, it is made anew';
    return { ...verdict, evidence: `${whose}${healed}: ${last.what}` };
  });
}
