import { toRolloutRecord } from '@wasmcast/core';
import { describe, expect, it } from 'vitest';
import { filter, frontpage, imageFilter } from '../testing/native.ts';
import { parseRequest, parseRollout } from './parse-rollout.ts';

const record = toRolloutRecord(
  {
    fleet: 'shop',
    target: 'prod',
    id: 'r1',
    version: 3,
    cause: 'apply',
    by: 'me@here',
    since: '2026-01-02T03:04:05Z',
    phase: 'paused',
    reason: 'asked to',
    waves: [
      {
        workloads: ['prod/foo/Deployment/frontpage-v1'],
        instances: 2,
        restarts: 2,
        pauseMs: 0,
        manual: true,
      },
    ],
    finished: 0,
    promoted: 0,
    answered: 'q1',
  },
  [
    {
      workload: frontpage,
      direction: 'inbound',
      filters: [
        filter('a', { config: { kind: 'json', value: { deep: [1, { a: null }] } }, env: { A: '1' } }),
        imageFilter('b', { config: { kind: 'text', text: 'x' } }),
      ],
    },
  ],
  [{ workload: frontpage, direction: 'inbound', filters: [] }],
);

describe('a record from a cluster', () => {
  it('is read whole', () => {
    expect(parseRollout(JSON.stringify(record))).toEqual(record);
  });

  it.each([
    ['not JSON', '{'],
    ['it is malformed', '[]'],
    ['it is malformed', 'null'],
    ['schema is malformed', '{"schema":"wasmcast.dev/rollout/v2"}'],
    ...Object.entries({
      version: 1.5,
      finished: -1,
      phase: 'done',
      reason: 7,
      answered: {},
      waves: {},
      'waves.0.pauseMs': 'long',
      'waves.0.workloads.0': 7,
      'filters.0.moduleDigest': 'abc',
      'filters.0.env.A': 1,
      'filters.0.config.value': [],
      'filters.1.config.text': 1,
      'filters.1.image.digest': '',
      'filters.1.onFailure': 'never',
      'wanted.0.workload.kind': 'Job',
      'wanted.0.filters.1': '0',
      previous: 'none',
    }).map(([path, value]): [string, string] => [`${path} is malformed`, JSON.stringify(put(path, value))]),
    ['a chain names a filter that is not there', JSON.stringify(put('wanted.0.filters.1', 2))],
  ])('is refused: %s', (fault, text) => {
    expect(() => parseRollout(text)).toThrow(fault === 'not JSON' ? SyntaxError : fault);
  });
});

it('a request is read, and what is none is none', () => {
  const request = { id: 'q1', kind: 'abort', by: 'me@here', finished: 0 };
  expect(parseRequest(JSON.stringify(request))).toEqual(request);
  for (const text of ['', '{}', '7', JSON.stringify({ ...request, kind: 'explode' })])
    expect(parseRequest(text)).toBeUndefined();
});

/** The record with something else at a path. */
function put(path: string, value: unknown): unknown {
  const copy = structuredClone(record) as unknown as Record<string, unknown>;
  const steps = path.split('.');
  const last = steps.pop() ?? '';
  const parent = steps.reduce((at, step) => at[step] as Record<string, unknown>, copy);
  parent[last] = value;
  return copy;
}
