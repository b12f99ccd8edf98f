import { expect, test } from 'vitest';
import type { Observed } from '../ports/target.ts';
import { observedWorkload } from '../testing/values.ts';
import { movedSince, planTarget } from './plan-target.ts';

function observed(...workloads: Observed['workloads']): Observed {
  return { target: 't', workloads, versions: [], diagnostics: [], native: undefined };
}

test('a plan does not hold any more when a workload changed, came or went', () => {
  const one = observedWorkload('one');
  const two = observedWorkload('two');
  const { plan } = planTarget({
    target: { name: 't', compile: () => ({ steps: [], diagnostics: [] }) },
    fleet: 'shop',
    chains: [],
    observed: observed(one, two),
    removeAll: false,
    retained: [],
    modules: new Map(),
    waves: [],
  });
  const moved = (...now: Observed['workloads']): readonly string[] =>
    plan === undefined ? ['no plan'] : movedSince(plan, observed(...now));
  expect(moved(two, one)).toEqual([]);
  expect(moved(one, { ...two, version: '2' })).toEqual(['t/foo/LocalService/two']);
  expect(moved(one)).toEqual(['t/foo/LocalService/two']);
  expect(moved(one, two, observedWorkload('three'))).toEqual(['t/foo/LocalService/three']);
});
