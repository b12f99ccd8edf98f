import { describe, expect, it } from 'vitest';
import type { Chain } from '../model/chain.ts';
import type { DriftPolicy } from '../model/drift.ts';
import type { Step } from '../model/step.ts';
import { workloadAddress } from '../model/workload.ts';
import type { Observed, Target } from '../ports/target.ts';
import { desiredFilter, observedWorkload } from '../testing/values.ts';
import { differenceText } from './find-drift.ts';
import { planTarget } from './plan-target.ts';

const by = { manager: 'kubectl-edit', at: '2026-11-23T02:00:00Z' };
const [one, two] = [observedWorkload('one'), observedWorkload('two')];
const chain = ({ id }: typeof one, name: string): Chain => ({
  workload: id,
  direction: 'inbound',
  filters: [desiredFilter(name)],
});
const live = [chain(one, 'a'), chain(two, 'b')];
const observed: Observed = {
  target: 't',
  workloads: [
    { ...one, chains: [live[0] ?? chain(one, 'a')] },
    { ...two, chains: [live[1] ?? chain(two, 'b')] },
  ],
  versions: [],
  diagnostics: [],
  native: undefined,
};
const step = (change: Partial<Step>): Step => ({
  id: 'update Object one',
  stage: 'change',
  summary: '',
  precondition: null,
  before: { spec: 1, label: 'x' },
  after: { spec: 2, label: 'x' },
  restarts: 0,
  ...change,
});
const edited = step({ workload: workloadAddress(one.id), changedBy: by });
const shared = step({ id: 'create Module m', stage: 'prepare', before: null });

/** A target on which somebody edited an object of workload one, and deleted what both share. */
const target = (more: readonly Step[] = []): Pick<Target, 'name' | 'compile'> => ({
  name: 't',
  compile: () => ({ steps: [shared, edited, ...more], diagnostics: [] }),
});

function plan(policy: DriftPolicy, chains: readonly Chain[] = live, more: readonly Step[] = []) {
  const made = planTarget({
    target: target(more),
    fleet: 'shop',
    chains,
    observed,
    removeAll: false,
    retained: [],
    modules: new Map(),
    waves: [],
    drift: { live, policyOf: () => policy },
  });
  if (made.plan === undefined) throw new Error('no plan');
  return made.plan;
}

describe('drift', () => {
  it('is corrected by default, and says who did it, and when', () => {
    const { steps, drift, left, actions } = plan('correct');
    expect(steps).toEqual([shared, edited]);
    expect(drift?.map(differenceText)).toEqual([
      'Module m is not there',
      'Object one was edited (spec) by kubectl-edit at 2026-11-23T02:00:00Z',
    ]);
    expect(drift?.map(({ policy }) => policy)).toEqual(['correct', 'correct']);
    expect(left).toBeUndefined();
    expect(actions.map(({ kind, filter }) => `${kind} ${filter}`)).toEqual(['repair a']);
  });

  it('is left where the manifest says so: told with warn, not even told with ignore', () => {
    const warned = plan('warn');
    expect([warned.steps, warned.actions, warned.waves]).toEqual([[], [], []]);
    expect(warned.drift?.map(({ policy }) => policy)).toEqual(['warn', 'warn']);
    expect(warned.left).toEqual([workloadAddress(one.id)]);
    // What is expected stays what it was: verify says that it is not live.
    expect(warned.expected).toHaveLength(2);
    const ignored = plan('ignore');
    expect([ignored.steps, ignored.drift]).toEqual([[], undefined]);
  });

  it('is no reason to leave a workload of which the manifest asks something new', () => {
    const { left, steps } = plan('warn', [chain(one, 'c'), chain(two, 'b')]);
    expect(left).toBeUndefined();
    expect(steps).toEqual([shared, edited]);
  });

  it('is left beside a workload that changes, and what both share is made', () => {
    const change = step({ id: 'update Object two', workload: workloadAddress(two.id) });
    const { left, steps, waves } = plan('warn', [chain(one, 'a'), chain(two, 'd')], [change]);
    expect(left).toEqual([workloadAddress(one.id)]);
    expect(steps).toEqual([shared, change]);
    expect(waves.flatMap(({ workloads }) => workloads)).toEqual([workloadAddress(two.id)]);
  });
});
