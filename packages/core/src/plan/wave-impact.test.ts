import { expect, test } from 'vitest';
import { desiredFilter, observedWorkload, workloadId } from '../testing/values.ts';
import type { Action } from './diff-chains.ts';
import type { Wave } from './plan-waves.ts';
import { waveImpacts, withCost } from './wave-impact.ts';

const address = (name: string): string => `t/shop/LocalService/${name}`;

function workload(name: string, instances: readonly string[], namespace = 'shop') {
  const id = { ...workloadId(name), target: 't', namespace };
  return {
    ...observedWorkload(name),
    id,
    instances: instances.map((instance) => ({ workload: id, name: instance, uid: instance })),
  };
}

function action(kind: Action['kind'], filter: string, onFailure: 'closed' | 'open' = 'closed'): Action {
  const after = { ...desiredFilter(filter), onFailure };
  return { kind, workload: address('a'), direction: 'inbound', filter, ...(kind !== 'remove' && { after }) };
}

function wave(...names: readonly string[]): Wave {
  return { workloads: names.map(address), instances: 0, restarts: 0, pauseMs: 0, manual: false };
}

const concerned = [workload('a', ['a-1', 'a-2']), workload('b', ['b-1']), workload('c', ['c-1'], 'pay')];

test('a wave names its instances, and what it reaches of all that the fleet is on', () => {
  const [first, second] = waveImpacts([wave('a'), wave('b')], concerned, [], new Map([[address('a'), 2]]));
  expect(first).toEqual({
    workloads: [
      { workload: address('a'), instances: ['a-1', 'a-2'], restarts: 2, failClosed: [], starts: [] },
    ],
    reaches: { workloads: 1, instances: 2, namespaces: 1 },
    of: { workloads: 3, instances: 4, namespaces: 2 },
  });
  expect(second?.workloads[0]).toMatchObject({ instances: ['b-1'], restarts: 0 });
});

test('what can stop traffic is what changes and fails closed; what is compiled is what has a new module', () => {
  const actions = [
    action('install', 'auth'),
    action('update', 'log', 'open'),
    action('reconfigure', 'limit'),
    action('reorder', 'moved'),
    action('remove', 'gone'),
  ];
  const [impact] = waveImpacts([wave('a')], concerned, actions, new Map());
  expect(impact?.workloads[0]).toMatchObject({
    failClosed: [
      { direction: 'inbound', filter: 'auth' },
      { direction: 'inbound', filter: 'limit' },
    ],
    starts: ['auth', 'log'],
  });
});

test('the cost is the most that one proxy pays, and nothing is made up where a filter was not measured', () => {
  const [impact] = waveImpacts(
    [wave('a', 'b')],
    concerned,
    [
      action('install', 'auth'),
      action('install', 'log'),
      { ...action('install', 'log'), workload: address('b') },
    ],
    new Map(),
  );
  if (impact === undefined) throw new Error('there is no wave');
  const auth = { compileMs: 3, memoryBytes: 65_536 };
  const log = { compileMs: 4, memoryBytes: 131_072 };
  expect(
    withCost(
      impact,
      new Map([
        ['auth', auth],
        ['log', log],
      ]),
    ).cost,
  ).toEqual({ vms: 2, compileMs: 7, memoryBytes: 196_608 });
  expect(withCost(impact, new Map([['auth', auth]])).cost).toBeUndefined();
});
