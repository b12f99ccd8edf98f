import { expect, test } from 'vitest';
import type { Plan } from '@wasmcast/core';
import { resultText } from './result-text.ts';
import { statusText } from './status-text.ts';
import { paint } from './text.ts';

/** The line of a rollout that ended well. */
function line(removeAll: boolean, instances: number, writes: number): string {
  const part = {
    target: 't',
    actions: [],
    steps: [],
    expected: [],
    previous: [],
    waves: [],
    restarts: [],
    versions: [],
    instances,
    seen: {},
  };
  const plan: Plan = {
    schema: 'wasmcast.dev/plan/v1',
    fleet: 'shop',
    cause: removeAll ? 'remove' : 'apply',
    removeAll,
    rollout: { timeoutMs: 1, gates: [], maxRestarting: undefined, onFailure: 'rollback' },
    warnings: [],
    targets: [part],
  };
  const result = { target: 't', outcome: 'live', verdicts: [], instances, live: instances, writes } as const;
  const evidence = { gates: [], notLive: [] };
  return resultText(plan.cause, plan, [{ part, result, evidence }], paint(false)).trimEnd();
}

test.each([
  [3, 2, 'live: fleet shop on t, 3 instances of 3 seen as wanted'],
  [1, 0, 'live: fleet shop on t, 1 instance of 1 seen as wanted; nothing was written'],
  [0, 2, 'on no instance: fleet shop on t; nothing can be seen live'],
])('apply: %i instances, %i writes', (instances, writes, text) => {
  expect(line(false, instances, writes)).toBe(text);
});

test.each([
  [3, 2, 'removed: fleet shop on t; 3 instances run nothing of it any more'],
  [1, 2, 'removed: fleet shop on t; 1 instance runs nothing of it any more'],
  [1, 0, 'nothing to remove: fleet shop on t; 1 instance runs nothing of it'],
  [0, 0, 'nothing to remove: fleet shop on t; it is on no instance'],
])('remove: %i instances, %i writes', (instances, writes, text) => {
  expect(line(true, instances, writes)).toBe(text);
});

test('status says that without an instance nothing can be seen live', () => {
  expect(statusText('t', [], [], paint(false))).toBe(
    'target t: the fleet is on no instance: nothing can be seen live\n',
  );
});
