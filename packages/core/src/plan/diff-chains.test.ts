import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { DesiredFilter } from '../model/filter.ts';
import { desiredFilter, digest, workloadId } from '../testing/values.ts';
import { diffChains } from './diff-chains.ts';

const chain = (...filters: readonly DesiredFilter[]) => ({
  workload: workloadId('front'),
  direction: 'inbound' as const,
  filters,
});
const kinds = (before: readonly DesiredFilter[], after: readonly DesiredFilter[]) =>
  diffChains([chain(...before)], [chain(...after)]).map((a) => `${a.kind} ${a.filter}`);

const [a, b, c] = ['a', 'b', 'c'].map((name) => desiredFilter(name)) as [
  DesiredFilter,
  DesiredFilter,
  DesiredFilter,
];

describe('diffChains', () => {
  test('names what comes and what goes', () => {
    expect(kinds([], [a, b])).toEqual(['install a', 'install b']);
    expect(kinds([a, b], [])).toEqual(['remove a', 'remove b']);
    expect(kinds([a, b], [a])).toEqual(['remove b']);
  });

  test('tells another module from another configuration', () => {
    expect(kinds([a], [{ ...a, moduleDigest: digest('b') }])).toEqual(['update a']);
    expect(kinds([a], [{ ...a, config: { kind: 'text', text: 'x' } }])).toEqual(['reconfigure a']);
  });

  test('sees that only the order changes', () => {
    expect(kinds([a, b, c], [c, a, b])).toEqual(['reorder c', 'reorder a', 'reorder b']);
    expect(kinds([a, b], [c, a, b])).toEqual(['install c']);
    expect(kinds([a], [{ ...a, position: 'first' }])).toEqual(['reorder a']);
  });

  test('a configuration with other key order is the same configuration', () => {
    const json = (value: Record<string, number>) => ({ ...a, config: { kind: 'json' as const, value } });
    expect(kinds([json({ x: 1, y: 2 })], [json({ y: 2, x: 1 })])).toEqual([]);
  });

  test('finds nothing between equal chains, and something between others', () => {
    const filters = fc.uniqueArray(fc.constantFrom(a, b, c, desiredFilter('d')), { selector: (f) => f.name });
    fc.assert(
      fc.property(filters, filters, (before, after) => {
        const same = before.map((f) => f.name).join() === after.map((f) => f.name).join();
        expect(kinds(before, after).length === 0).toBe(same);
      }),
    );
  });
});
