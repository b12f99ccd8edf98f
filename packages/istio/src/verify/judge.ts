import {
  type Chain,
  type DesiredFilter,
  type Direction,
  type FilterVerdict,
  isFetched,
  type VerdictKind,
} from '@wasmcast/core';
import { httpFilterName } from '../names.ts';
import type { SeenChain } from './dump.ts';
import { chainsOf, leftovers, placesOf } from './places.ts';
import { imageDigestFault, mountedDigestFault, settingFault } from './plugin-faults.ts';
import type { Reading } from './reading.ts';

/** What an instance shows of the wanted chains, and what it shows that nobody wants. Pure. */
export function judge(reading: Reading, chains: readonly Chain[]): readonly FilterVerdict[] {
  const verdicts: FilterVerdict[] = [];
  for (const chain of chains) {
    const seen = chainsOf(reading.listeners.chains, chain.direction);
    verdicts.push(...judgeChain(reading, chain, seen));
  }
  for (const direction of ['inbound', 'outbound'] as const) {
    const wanted = chains.filter(
      (c) => c.direction === direction || (c.direction === 'gateway' && direction === 'outbound'),
    );
    const names = new Set(wanted.flatMap((chain) => chain.filters.map((filter) => filter.name)));
    const gateway = wanted.some((chain) => chain.direction === 'gateway');
    const shown: Direction = gateway ? 'gateway' : direction;
    for (const name of leftovers(reading, direction, shown)) {
      if (!names.has(name)) verdicts.push({ filter: name, direction: shown, verdict: 'still-there' });
    }
  }
  return verdicts;
}

function judgeChain(reading: Reading, chain: Chain, seen: readonly SeenChain[]): readonly FilterVerdict[] {
  const { direction } = chain;
  const find = chain.filters.map((filter) => placesOf(reading, filter, direction));
  const places = seen.map((each) => find.map((placesIn) => placesIn(each)));
  return chain.filters.map((filter, index): FilterVerdict => {
    const say = (verdict: VerdictKind, evidence?: string): FilterVerdict => ({
      filter: filter.name,
      direction,
      verdict,
      ...(evidence !== undefined && { evidence }),
    });
    if (seen.length === 0) {
      return isWarming(reading)
        ? say('pending', 'its listeners are warming')
        : say('not-in-chain', withRefusal(reading, `the proxy has no ${direction} HTTP listener`));
    }
    const absent = seen.filter((_, i) => (places[i]?.[index]?.length ?? 0) === 0);
    const [first] = absent;
    if (first !== undefined) {
      if (isWarming(reading)) return say('pending', `warming: ${reading.listeners.warming.join(', ')}`);
      const where = `missing in ${absent.length} of ${seen.length} HTTP chains, ${first.listener} among them`;
      return say('not-in-chain', withRefusal(reading, where));
    }
    for (const [i, each] of seen.entries()) {
      const verdict = judgeConfig(reading, filter, each, places[i]?.[index]?.[0] ?? 0);
      if (verdict !== undefined) return say(...verdict);
    }
    for (const [i, each] of seen.entries()) {
      const own = places[i]?.[index] ?? [];
      if (own.length > 1) return say('out-of-order', `it stands ${own.length} times in ${each.listener}`);
    }
    for (const [i, each] of seen.entries()) {
      const order = (places[i] ?? []).map((list) => list[0] ?? -1);
      const sorted = order.filter((place) => place >= 0).toSorted((a, b) => a - b);
      // Compared by rank: a filter that is missing does not put the others out of order.
      const expected = order.slice(0, index + 1).filter((place) => place >= 0).length - 1;
      if (sorted.indexOf(order[index] ?? -1) !== expected) {
        const names = each.filters.map((f) => f.name);
        return say('out-of-order', `${each.listener} has ${names.join(', ')}`);
      }
    }
    return say('live');
  });
}

/** Listeners that are about to be replaced; what they will show is not known yet. */
function isWarming(reading: Reading): boolean {
  return reading.listeners.warming.length > 0;
}

/** What was seen, with the reason that Envoy gives for an update that it did not take. */
function withRefusal({ listeners }: Reading, seen: string): string {
  const [refused] = listeners.errors;
  return refused === undefined ? seen : `${seen}; Envoy refused an update: ${refused}`;
}

function judgeConfig(
  reading: Reading,
  filter: DesiredFilter,
  chain: SeenChain,
  place: number,
): readonly [VerdictKind, string] | undefined {
  const seen = chain.filters[place];
  if (seen === undefined) return ['not-in-chain', chain.listener];
  const byAgent = seen.name !== httpFilterName(reading.fleet, filter.name);
  const config = seen.config ?? reading.ecds.get(seen.name)?.config;
  if (config === undefined) return ['pending', 'its configuration has not arrived'];
  if (config.kind === 'rbac') {
    return config.denies
      ? ['placeholder-deny', 'the agent could not fetch the module; every request is denied']
      : ['placeholder-allow', 'the agent could not fetch the module; requests pass without the filter'];
  }
  if (config.kind === 'other') return ['wrong-config', `a ${config.type} stands in its place`];
  const { plugin } = config;
  if (byAgent !== isFetched(filter)) {
    return ['wrong-config', `it is delivered by ${byAgent ? 'image' : 'configmap'}`];
  }
  const digest = byAgent ? imageDigestFault(plugin, filter) : mountedDigestFault(reading, plugin, filter);
  if (digest !== undefined) return ['wrong-digest', digest];
  const difference = settingFault(plugin, filter);
  return difference === undefined ? undefined : ['wrong-config', withRefusal(reading, difference)];
}
