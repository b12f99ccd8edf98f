import type { TargetPlan, WaveImpact } from '@wasmcast/core';
import { expect, test } from 'vitest';
import { impactLines } from './impact-text.ts';

const impact: WaveImpact = {
  workloads: [
    {
      workload: 'prod/foo/Deployment/front',
      instances: ['front-7d9-a', 'front-7d9-b'],
      restarts: 2,
      failClosed: [
        { direction: 'inbound', filter: 'auth' },
        { direction: 'outbound', filter: 'sign' },
      ],
      starts: ['auth', 'sign'],
    },
  ],
  reaches: { workloads: 1, instances: 2, namespaces: 1 },
  of: { workloads: 12, instances: 30, namespaces: 2 },
  cost: { vms: 2, compileMs: 12.4, memoryBytes: 196_608 },
};

function lines(impacts: readonly WaveImpact[], index: number): readonly string[] {
  return impactLines({ impact: impacts } as unknown as TargetPlan, index);
}

test('a wave says which pods, how much of the fleet, what can stop its traffic, and what it costs', () => {
  expect(lines([impact], 0)).toEqual([
    'instances front-7d9-a, front-7d9-b',
    'reaches 1 of 12 workloads, 2 of 30 instances, 1 of 2 namespaces; all inbound traffic there depends on auth (fail-closed); all outbound traffic there depends on sign (fail-closed)',
    'each worker of a proxy: up to 2 new VMs, 12 ms of CPU to compile and 192.0 KiB of memory, measured on this machine',
  ]);
});

test('a cost that was said for the wave before is not said again; a plan without an impact says nothing', () => {
  expect(lines([impact, impact], 1)).toHaveLength(2);
  expect(impactLines({} as TargetPlan, 0)).toEqual([]);
});

test('a service that is its only instance is not named twice', () => {
  const [first] = impact.workloads;
  if (first === undefined) throw new Error('there is none');
  const local = { ...first, workload: 'laptop/shop/LocalService/cart', instances: ['cart'] };
  expect(lines([{ ...impact, workloads: [local] }], 0)[0]).toMatch(/^reaches/);
});
