import { expect, test } from 'vitest';
import type { InstanceVerdict } from '@wasmcast/core';
import { workloadId } from '../../../core/src/testing/values.ts';
import { RolloutBoard } from './rollout-board.ts';
import { paint } from './text.ts';

const p = paint(false);

function verdict(name: string, kind: 'live' | 'pending' = 'live', pod = '1'): InstanceVerdict {
  return {
    instance: { workload: workloadId(name), name: pod, uid: pod },
    filters: [{ filter: 'a', direction: 'inbound', verdict: kind }],
  };
}

function started(steps: number): RolloutBoard {
  const board = new RolloutBoard();
  const about = { fleet: 'shop', target: 't', cause: 'apply' };
  board.take({ type: 'rollout-started', ...about, steps, instances: 3, waves: 1 });
  return board;
}

const step = (name: string) => ({
  target: 't',
  step: name,
  summary: name,
  workload: `t/foo/LocalService/${name}`,
});

test('shows how far each workload is, those that need a look first', () => {
  const board = started(3);
  for (const name of ['one', 'two', 'three'])
    board.take({ type: 'step-started', stage: 'change', ...step(name) });
  board.take({ type: 'step-done', ...step('one') });
  board.take({ type: 'step-done', ...step('two') });
  board.take({ type: 'step-failed', ...step('three'), code: 'X', error: 'no' });
  board.take({ type: 'instance', target: 't', live: true, verdict: verdict('one') });
  board.take({ type: 'instance', target: 't', live: true, verdict: verdict('two') });
  board.take({ type: 'instance', target: 't', live: false, verdict: verdict('two', 'pending', '2') });
  board.take({ type: 'progress', target: 't', instances: 3, live: 2 });
  expect(board.lines(10, 4, p)).toEqual([
    'apply: fleet shop on t, 2 of 3 writes, 2 of 3 instances as wanted  4 s',
    '  failed  foo/LocalService/three',
    '  waiting foo/LocalService/two  1/2  a: pending',
    '  live    foo/LocalService/one  1/1',
  ]);
  board.take({ type: 'instance-gone', target: 't', instance: 't/foo/LocalService/two/2', uid: '2' });
  expect(board.lines(10, 4, p)).toContain('  live    foo/LocalService/two  1/1');
});

test('shows the wave that runs, its gates as they were measured last, and the way back', () => {
  const board = started(3);
  board.take({
    type: 'wave-started',
    target: 't',
    wave: 1,
    waves: 2,
    workloads: ['t/foo/LocalService/one'],
    instances: 1,
  });
  const gate = { type: 'gate', target: 't', gate: 'probe', wave: 1 } as const;
  board.take({ ...gate, outcome: 'inconclusive', says: 'nothing is wrong so far', early: true });
  expect(board.lines(10, 4, p)).toContain('  gate probe: watching, nothing is wrong so far');
  board.take({ ...gate, outcome: 'pass', says: 'answered 200' });
  board.take({ ...gate, outcome: 'fail', says: 'answered 503' });
  board.take({ type: 'waiting', target: 't', ms: 90_000 });
  expect(board.lines(10, 4, p)).toEqual([
    'apply: fleet shop on t, wave 1 of 2, 0 of 3 writes  4 s',
    '  gate probe: fail, answered 503',
    '  waiting 1m30s before the next wave',
  ]);
  expect(board.lines(1, 4, p)).toHaveLength(1);
  board.take({ type: 'going-back', target: 't', reason: 'no' });
  expect(board.lines(10, 5, p)).toEqual(['apply: fleet shop on t, going back  5 s']);
});

test('three hundred workloads fit any height, and the rest is counted', () => {
  const board = started(300);
  for (let i = 0; i < 300; i++)
    board.take({
      type: 'instance',
      target: 't',
      live: i !== 200,
      verdict: verdict(`w${i}`, i === 200 ? 'pending' : 'live'),
    });
  for (const rows of [1, 2, 3, 12, 400]) expect(board.lines(rows, 0, p).length).toBeLessThanOrEqual(rows);
  const lines = board.lines(5, 0, p);
  expect(lines[1]).toContain('waiting foo/LocalService/w200');
  expect(lines.at(-1)).toBe('  and 297 more workloads');
});

test('says when a target cannot be read, until it can; and nothing when it is over', () => {
  const board = started(0);
  board.take({ type: 'unreadable', target: 't', code: 'X', error: 'away' });
  expect(board.lines(5, 0, p)[1]).toBe('  cannot be read, trying again: away');
  board.take({ type: 'progress', target: 't', instances: 1, live: 1 });
  expect(board.lines(5, 0, p)).toHaveLength(1);
  board.take({ type: 'rollout-finished', target: 't', outcome: 'live', instances: 1, live: 1, writes: 0 });
  expect(board.lines(5, 0, p)).toEqual([]);
});
