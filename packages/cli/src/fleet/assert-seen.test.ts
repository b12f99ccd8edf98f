import type { Plan, Unfinished } from '@wasmcast/core';
import { expect, test } from 'vitest';
import { assertSeen } from './assert-seen.ts';

/** A plan of which only the unfinished rollouts count. */
function planOf(unfinished: Partial<Unfinished> | undefined): Plan {
  return { fleet: 'shop', targets: [{ target: 't', unfinished }] } as unknown as Plan;
}

const seen = [{ target: 't', id: 'a', version: 3 }];

test('a decision holds for the rollout that was seen, where it stood', () => {
  expect(() => assertSeen(planOf({ id: 'a', version: 3 }), seen)).not.toThrow();
});

test.each([
  ['it went on to its next wave', planOf({ id: 'a', version: 4 })],
  ['another one began', planOf({ id: 'b', version: 3 })],
  ['it ended', planOf(undefined)],
  ['it ended, and the target was left out', { ...planOf(undefined), targets: [] }],
])('it does not when %s', (_what, plan) => {
  expect(() => assertSeen(plan, seen)).toThrow(expect.objectContaining({ code: 'WC-ROLL-011' }) as Error);
});
