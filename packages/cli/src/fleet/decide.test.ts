import { describe, expect, test } from 'vitest';
import { type RolloutPhase, type Target, toRolloutRecord } from '@wasmcast/core';
import { type Verb, decide } from './decide.ts';
import type { Standing } from './standing.ts';

const verbs: readonly Verb[] = ['pause', 'resume', 'promote', 'abort', 'retry'];

function standing(phase: RolloutPhase | undefined, held: boolean): Standing {
  const info = { fleet: 'shop', target: 't', id: '1', version: 1, cause: 'apply', by: 'me', since: 'now' };
  return {
    target: { name: 't' } as Target,
    ...(phase !== undefined && {
      record: toRolloutRecord({ ...info, phase, waves: [], finished: 0, promoted: 0 }, [], []),
    }),
    ...(held && { holder: { owner: 'other@there', since: 'then', nonce: 'n' } }),
  };
}

/** What each verb comes to, in the order of `verbs`. */
function all(phase: RolloutPhase | undefined, held: boolean): string {
  return verbs
    .map((verb) => {
      const decision = decide(verb, standing(phase, held));
      switch (decision.kind) {
        case 'nothing':
          return '-';
        case 'ask':
          return `ask ${decision.request}`;
        case 'take-up':
          return decision.cause === undefined ? 'back' : 'on';
      }
    })
    .join(', ');
}

describe('pause, resume, promote, abort, retry', () => {
  test.each<[RolloutPhase | undefined, string]>([
    [undefined, '-, -, -, -, -'],
    ['rolling', '-, on, on, back, -'],
    ['paused', '-, on, on, back, -'],
    ['stopped', '-, on, -, back, on'],
    ['going-back', '-, back, -, back, -'],
    ['went-back', '-, -, -, -, on'],
  ])('while nobody runs it and it is %s: %s', (phase, expected) => {
    expect(all(phase, false)).toBe(expected);
  });

  test.each<[RolloutPhase | undefined, string]>([
    [undefined, '-, -, -, -, -'],
    ['rolling', 'ask pause, -, ask promote, ask abort, -'],
    ['paused', 'ask pause, -, ask promote, ask abort, -'],
    ['stopped', 'ask pause, -, ask promote, ask abort, -'],
    ['going-back', '-, -, -, -, -'],
    ['went-back', '-, -, -, -, -'],
  ])('while somebody runs it and it is %s: %s', (phase, expected) => {
    expect(all(phase, true)).toBe(expected);
  });

  test('what cannot be done says why, and what can', () => {
    expect(decide('resume', standing('rolling', true))).toMatchObject({
      why: 'it is running: other@there runs it since then',
      help: expect.stringContaining('unlock') as string,
    });
    expect(decide('promote', standing('stopped', false))).toMatchObject({
      why: expect.stringMatching(/^it failed and stopped: /) as string,
      help: expect.stringContaining('wasmcast retry') as string,
    });
    expect(decide('resume', standing('went-back', false))).toMatchObject({
      help: expect.stringContaining('wasmcast retry') as string,
    });
  });
});
