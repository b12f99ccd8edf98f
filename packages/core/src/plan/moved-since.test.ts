import { expect, test } from 'vitest';
import { workloadAddress } from '../model/workload.ts';
import type { Observed } from '../ports/target.ts';
import { observedWorkload } from '../testing/values.ts';
import { movedSince } from './moved-since.ts';

test('a plan does not hold any more when a workload changed, came or went', () => {
  const one = observedWorkload('one');
  const two = observedWorkload('two');
  const seen = Object.fromEntries([one, two].map(({ id, version }) => [workloadAddress(id), version]));
  const moved = (...workloads: Observed['workloads']): readonly string[] =>
    movedSince({ seen }, { target: 't', workloads, versions: [], diagnostics: [], native: undefined }).map(
      ({ workload, how }) => `${workload} ${how}`,
    );
  expect(moved(two, one)).toEqual([]);
  expect(moved(one, { ...two, version: '2' })).toEqual(['t/foo/LocalService/two changed']);
  expect(moved(one)).toEqual(['t/foo/LocalService/two gone']);
  expect(moved(one, two, observedWorkload('three'))).toEqual(['t/foo/LocalService/three came']);
});
