import { expect, test } from 'vitest';
import type { Context } from '../context/context.ts';
import { ContextTable } from './context-table.ts';

const context = (id: number): Context => ({ id }) as Context;

test('finds what is in it, however many share the low bits of their ids', () => {
  const table = new ContextTable();
  const all = [1, 2, 1025, 2049, 0xffff_ffff].map(context);
  for (const each of all) table.add(each);
  for (const each of all) expect(table.get(each.id)).toBe(each);
  expect(table.get(3073)).toBeUndefined();
  expect(new Set(table)).toEqual(new Set(all));
});

test('forgets the one that goes, and no other', () => {
  const table = new ContextTable();
  const [first, second, third] = [context(1), context(1025), context(2049)];
  for (const each of [first, second, third]) table.add(each);
  table.delete(first);
  expect(table.get(1)).toBeUndefined();
  expect(table.get(1025)).toBe(second);
  // The free slot is taken again; those that came before stay where they are.
  const again = context(1);
  table.add(again);
  table.delete(second);
  expect([table.get(1), table.get(1025), table.get(2049)]).toEqual([again, undefined, third]);
  table.delete(again);
  table.delete(third);
  expect([...table]).toEqual([]);
});

test('does not take one for another that has gone', () => {
  const table = new ContextTable();
  table.add(context(1));
  table.delete(context(1025));
  expect(table.get(1)?.id).toBe(1);
});

test('gives ids that are free', () => {
  const table = new ContextTable();
  table.add(context(1));
  table.add(context(3));
  expect([table.newId(), table.newId(), table.newId()]).toEqual([2, 4, 5]);
});
