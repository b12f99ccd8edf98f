import { beforeEach, describe, expect, test } from 'vitest';
import { type Chain, type Fleet, toRevision } from '@wasmcast/core';
import {
  desiredFilter,
  observedWorkload,
  rolloutPolicy,
  workloadId,
} from '../../../core/src/testing/values.ts';
import { type MemoryTarget, memoryTarget } from '../testing/memory-target.ts';
import { planRollback } from './plan-rollback.ts';

const never = new AbortController().signal;
const fleet: Fleet = {
  name: 'shop',
  filters: [],
  targets: [],
  bindings: [],
  rollout: rolloutPolicy({ timeoutMs: 1000 }),
};

/** Chains that run filter `a`, configured by `text`, on these workloads. */
function chains(text: string, names = ['one', 'two']): Chain[] {
  return names.map((name) => ({
    workload: workloadId(name),
    direction: 'inbound',
    filters: [desiredFilter('a', { config: { kind: 'text', text } })],
  }));
}

let target: MemoryTarget;

/** Puts chains where a rollout would have put them; with a number, also the revision that it would have made. */
function install(list: readonly Chain[], number?: number): void {
  for (const chain of list)
    target.chains.set(`t/foo/LocalService/${chain.workload.name} inbound`, structuredClone(chain) as never);
  if (number === undefined) return;
  const info = { fleet: 'shop', target: 't', number, at: '', by: 'me', cause: 'apply' };
  target.stored.push(toRevision(info, list));
}

async function goesTo(number?: number): Promise<string | undefined> {
  return (await planRollback(fleet, target, number, never)).plan?.cause;
}

beforeEach(() => {
  target = memoryTarget(
    't',
    ['one', 'two'].map((name) => ({ id: workloadId(name), labels: observedWorkload(name).labels })),
  );
});

describe('rollback', () => {
  test('goes to the revision before, or to the one that is named', async () => {
    install(chains('x'), 1);
    install(chains('y'), 2);
    install(chains('z'), 3);
    expect([await goesTo(), await goesTo(1)]).toEqual(['rollback to 2', 'rollback to 1']);
  });

  test('after a rollout that did not get live goes to what was live last', async () => {
    install(chains('x'), 1);
    install(chains('y'), 2);
    install(chains('broken', ['one']));
    expect(await goesTo()).toBe('rollback to 2');
  });

  test('back and again goes forth', async () => {
    install(chains('x'), 1);
    install(chains('y'), 2);
    install(chains('x'), 3);
    expect(await goesTo()).toBe('rollback to 2');
  });

  test('a workload that is gone is left out with a warning, and does not change where it goes', async () => {
    install(chains('x'), 1);
    install(chains('y'), 2);
    target.workloads.delete('two');
    target.chains.delete('t/foo/LocalService/two inbound');
    const { plan, diagnostics } = await planRollback(fleet, target, undefined, never);
    expect(plan?.cause).toBe('rollback to 1');
    expect(plan?.targets[0]?.steps.map((s) => s.id)).toEqual(['set t/foo/LocalService/one']);
    expect(diagnostics).toMatchObject([{ code: 'WC-ROLL-002', subject: 't/foo/LocalService/two' }]);
  });

  test('asks for the workloads of the revisions, though the present manifest selects none of them', async () => {
    install(chains('x'), 1);
    install(chains('y', ['one']), 2);
    const asked: unknown[] = [];
    const seen = {
      ...target,
      observe: (...args: Parameters<MemoryTarget['observe']>) => (
        asked.push(...args[0].selectors),
        target.observe(...args)
      ),
    };
    await planRollback(fleet, seen, undefined, never);
    expect(asked).toMatchObject([{ name: 'one' }, { name: 'two' }]);
  });

  test('without an earlier revision says what there is', async () => {
    install(chains('x'), 1);
    const { plan, diagnostics } = await planRollback(fleet, target, undefined, never);
    expect(plan).toBeUndefined();
    expect(diagnostics).toMatchObject([{ code: 'WC-ROLL-001', help: expect.stringContaining('it has: 1') }]);
    expect((await planRollback(fleet, target, 7, never)).diagnostics[0]?.summary).toContain('revision 7');
  });
});
