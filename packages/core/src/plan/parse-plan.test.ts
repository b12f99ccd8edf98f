import { expect, test } from 'vitest';
import { defaultGate } from '../model/default-gate.ts';
import type { StatsCheck } from '../model/rollout-policy.ts';
import { desiredFilter, workloadId } from '../testing/values.ts';
import { parsePlan } from './parse-plan.ts';
import type { Plan } from './plan.ts';

const plan: Plan = {
  schema: 'wasmcast.dev/plan/v1',
  fleet: 'shop',
  cause: 'apply',
  removeAll: false,
  rollout: {
    timeoutMs: 1000,
    gates: [
      {
        name: 'errors',
        check: {
          ...defaultGate.check,
          kind: 'stats',
          maxErrorRate: 0.01,
          maxP99Ms: 250,
          maxResponseFlags: { NFCF: 0 },
        } as StatsCheck,
        intervalMs: 10_000,
        count: 3,
        failureLimit: 0,
      },
    ],
    maxRestarting: 2,
    onFailure: 'rollback',
  },
  targets: [
    {
      target: 't',
      actions: [
        {
          kind: 'install',
          workload: 't/foo/LocalService/front',
          direction: 'inbound',
          filter: 'a',
          after: desiredFilter('a'),
        },
      ],
      steps: [
        {
          id: 's',
          stage: 'change',
          workload: 'w',
          summary: 's',
          precondition: { v: 1 },
          before: null,
          after: [1, 'x'],
          restarts: 2,
        },
      ],
      expected: [{ workload: workloadId('front'), direction: 'inbound', filters: [desiredFilter('a')] }],
      previous: [{ workload: workloadId('front'), direction: 'inbound', filters: [] }],
      waves: [{ workloads: ['w'], instances: 2, restarts: 2, pauseMs: 60_000, manual: true }],
      impact: [
        {
          workloads: [
            {
              workload: 'w',
              instances: ['w-1', 'w-2'],
              restarts: 2,
              failClosed: [{ direction: 'inbound', filter: 'a' }],
              starts: ['a'],
            },
          ],
          reaches: { workloads: 1, instances: 2, namespaces: 1 },
          of: { workloads: 3, instances: 9, namespaces: 2 },
          cost: { vms: 1, compileMs: 2.5, memoryBytes: 65_536 },
        },
      ],
      restarts: [{ workload: 'w', instances: 2, note: 'paused' }],
      versions: ['Envoy 1.40.0'],
      instances: 2,
      seen: { w: '7' },
    },
  ],
  warnings: [{ severity: 'warning', code: 'WC-X-001', summary: 'careful' }],
};

test('a saved plan comes back as it was', () => {
  expect(parsePlan(JSON.stringify(plan))).toEqual({ kind: 'plan', plan });
});

test.each([
  ['no JSON', '{'],
  ['another schema', JSON.stringify({ ...plan, schema: 'wasmcast.dev/plan/v2' })],
  ['a digest that is none', JSON.stringify(plan).replace('a'.repeat(64), '../../etc/passwd')],
  ['an unknown stage', JSON.stringify(plan).replace('"change"', '"whenever"')],
])('refuses %s', (_what, text) => {
  expect(parsePlan(text).kind).toBe('invalid');
});
