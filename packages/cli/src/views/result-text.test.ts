import { expect, test } from 'vitest';
import type { Plan } from '@wasmcast/core';
import type { RolloutResult } from '@wasmcast/engine';
import { workloadId } from '../../../core/src/testing/values.ts';
import { resultText } from './result-text.ts';
import { statusText } from './status-text.ts';
import { paint } from './text.ts';

/** What is said of a rollout that ended so. */
function told(
  removeAll: boolean,
  more: Pick<RolloutResult, 'outcome' | 'instances' | 'live' | 'writes'> & Partial<RolloutResult>,
): string {
  const part = {
    target: 't',
    actions: [],
    steps: [],
    expected: [],
    previous: [],
    waves: [],
    restarts: [],
    versions: [],
    instances: more.instances,
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
  const result = { target: 't', verdicts: [], ...more };
  const evidence = { gates: [], notLive: [] };
  return resultText(plan.cause, plan, [{ part, result, evidence }], paint(false)).trimEnd();
}

/** The line of a rollout that ended well. */
function line(removeAll: boolean, instances: number, writes: number): string {
  return told(removeAll, { outcome: 'live', instances, live: instances, writes });
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

test('a way back says of which instances nothing tells whether they are well', () => {
  const instance = { workload: workloadId('w'), name: 'w-1', uid: '1' };
  const filter = {
    filter: 'two',
    direction: 'inbound',
    verdict: 'maybe-crashed',
    evidence: 'a VM died',
  } as const;
  const seen = { writes: 2, verdicts: [{ instance, filters: [filter] }] };
  const back = told(false, { outcome: 'rolled-back', instances: 3, live: 2, ...seen });
  expect(back.split('\n').slice(0, 2)).toEqual([
    'rolled back: fleet shop on t; what was there before is there again, seen live on 2 of 3 instances',
    expect.stringMatching(/^  doubt .*w-1  .*two.*a VM died.*; in a new pod it is well$/),
  ]);
  expect(told(false, { outcome: 'rolled-back', instances: 3, live: 3, writes: 2 })).toMatch(
    /^rolled back: fleet shop on t; what was there before is seen live again\nhelp: /,
  );
});

test('status says that without an instance nothing can be seen live', () => {
  expect(statusText('t', [], [], paint(false))).toBe(
    'target t: the fleet is on no instance: nothing can be seen live\n',
  );
});
