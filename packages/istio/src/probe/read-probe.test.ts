import { describe, expect, test } from 'vitest';
import type { PodObject } from '../api/objects.ts';
import { hindranceOf } from './read-probe.ts';
import { lastWords } from './sidecar-words.ts';

function pod(status: PodObject['status'], deletionTimestamp?: string): PodObject {
  const metadata = { name: 'p', ...(deletionTimestamp !== undefined && { deletionTimestamp }) };
  return { metadata, ...(status && { status }) };
}

const proxy = { name: 'istio-proxy' };

describe('what keeps a probe from starting', () => {
  test.each([
    [
      'no node',
      { conditions: [{ type: 'PodScheduled', status: 'False', message: '0/3 nodes' }] },
      /0\/3 nodes/,
    ],
    [
      'no image',
      { containerStatuses: [{ ...proxy, state: { waiting: { reason: 'ErrImagePull', message: 'no' } } }] },
      /istio-proxy is ErrImagePull: no/,
    ],
    [
      'an init container that fails',
      {
        initContainerStatuses: [{ name: 'istio-init', state: { waiting: { reason: 'CrashLoopBackOff' } } }],
        containerStatuses: [{ ...proxy, state: { waiting: { reason: 'PodInitializing' } } }],
      },
      /istio-init is CrashLoopBackOff/,
    ],
    ['nothing yet', { phase: 'Pending' }, /has not started/],
    ['its deadline', { phase: 'Failed', reason: 'DeadlineExceeded' }, /DeadlineExceeded/],
  ] as const)('is %s', (_what, status, says) => {
    expect(hindranceOf(pod(status))).toMatch(says);
  });

  test('is nothing once its sidecar ran, even if it crashed: that may be the filters’ doing', () => {
    const running = { containerStatuses: [{ ...proxy, state: { running: {} } }] };
    const waiting = { reason: 'CrashLoopBackOff' };
    const crashed = { containerStatuses: [{ ...proxy, restartCount: 1, state: { waiting } }] };
    expect([hindranceOf(pod(running)), hindranceOf(pod(crashed))]).toEqual([undefined, undefined]);
    expect(hindranceOf(pod(running, '2026-01-01T00:00:00Z'))).toMatch(/deletes/);
  });
});

test('the words of a sidecar are its last warning about Wasm, without the time', () => {
  const log = [
    '2026-11-23T02:00:00.1Z 2026-11-23T02:00:00.1Z\tinfo\tcache\tgenerated new workload certificate',
    '2026-11-23T02:00:01.1Z 2026-11-23T02:00:01.1Z\terror\twasm\tcannot fetch Wasm module: MANIFEST_UNKNOWN',
    '2026-11-23T02:00:02.1Z 2026-11-23T02:00:02.1Z\twarn\tEnvoy proxy is NOT ready: lds updates: 1 rejected',
  ].join('\n');
  expect(lastWords(log)).toBe('error wasm cannot fetch Wasm module: MANIFEST_UNKNOWN');
  expect(lastWords('')).toBeUndefined();
});
