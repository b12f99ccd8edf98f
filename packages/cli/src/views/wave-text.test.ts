import { expect, test } from 'vitest';
import { defaultGate, type GateSpec, type StatsCheck, type TargetPlan } from '@wasmcast/core';
import { paint } from './text.ts';
import { orderLines } from './wave-text.ts';

const wave = { workloads: ['t/shop/LocalService/a'], instances: 1, restarts: 0, pauseMs: 0, manual: false };

/** What the plan of one wave says of a gate. */
function said(check: GateSpec['check']): string | undefined {
  const gate: GateSpec = { name: 'g', check, intervalMs: 1000, count: 1, failureLimit: 0 };
  const part: Partial<TargetPlan> = { target: 't', steps: [], waves: [wave], actions: [] };
  const rules = { timeoutMs: 1000, gates: [gate], maxRestarting: undefined, onFailure: 'stop' } as const;
  const lines = orderLines(part as TargetPlan, rules, paint(false));
  return lines.find((line) => line.includes('gate g: '))?.trim();
}

test('a plan names every bound of a gate', () => {
  const check: StatsCheck = {
    ...(defaultGate.check as StatsCheck),
    maxRestarts: 2,
    maxErrorRate: 0.005,
    maxForbiddenRate: 0.01,
    maxResponseFlags: { NFCF: 0 },
    maxP99Ms: 250,
    maxP99Increase: 0.2,
    maxMemoryGrowth: 1024 * 1024,
    minRequests: 100,
  };
  expect(said(check)).toBe(
    'gate g: counters of the proxies: no dead VM, no reloaded VM, at most 2 restarts, no unready instance, 5xx at most 0.5 %, 5xx at most 1 % more than before, 403 at most 1 %, NFCF at most 0 %, p99 at most 250 ms, p99 at most 20 % longer than before, memory at most 1024 KiB a minute, 100 requests or more; 1 measurement, none may fail',
  );
});

test('a plan does not show what stands in the URL of a gate beside its path', () => {
  const url = 'https://probe.example/health?token=s3cret#s3cret';
  expect(said({ kind: 'http', url, status: 200 })).toMatch(
    /^gate g: GET https:\/\/probe\.example\/health\?… answers 200;/,
  );
  expect(said({ kind: 'webhook', url })).not.toContain('s3cret');
});
