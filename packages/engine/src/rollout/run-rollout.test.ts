import { describe, expect, test } from 'vitest';
import { type Chain, type Journal, type JournalEntry, type Plan, planTarget } from '@wasmcast/core';
import { desiredFilter, observedWorkload, workloadId } from '../../../core/src/testing/values.ts';
import { type MemoryTarget, memoryTarget } from '../testing/memory-target.ts';
import type { RolloutEvent } from './events.ts';
import { type RolloutContext, runRollout } from './run-rollout.ts';

const names = ['one', 'two', 'three'];
const wanted = (config = 'x'): Chain[] =>
  names.map((name) => ({
    workload: workloadId(name),
    direction: 'inbound',
    filters: [desiredFilter('a', { config: { kind: 'text', text: config } })],
  }));

function setup(): {
  target: MemoryTarget;
  events: RolloutEvent[];
  journal: JournalEntry[];
  context: RolloutContext;
  stop: AbortController;
} {
  const target = memoryTarget(
    't',
    names.map((name) => ({ id: workloadId(name), labels: observedWorkload(name).labels })),
  );
  const events: RolloutEvent[] = [];
  const journal: JournalEntry[] = [];
  const stop = new AbortController();
  let now = 0;
  let nonce = 0;
  const open: Journal = {
    append: async (entry) => void journal.push(entry),
    read: async () => journal,
    [Symbol.asyncDispose]: async () => undefined,
  };
  const context: RolloutContext = {
    target,
    openJournal: async () => open,
    clock: { now: () => now, sleep: async (ms) => void (now += ms) },
    emit: (event) => void events.push(event),
    by: 'me@here',
    nonce: () => String((nonce += 1)),
    stop: stop.signal,
    signal: new AbortController().signal,
  };
  return { target, events, journal, context, stop };
}

async function makePlan(target: MemoryTarget, chains: readonly Chain[], removeAll = false): Promise<Plan> {
  const observed = await target.observe({ fleet: 'shop', selectors: [] }, new AbortController().signal);
  const { plan } = planTarget({
    target,
    fleet: 'shop',
    chains,
    observed,
    removeAll,
    retained: [],
    modules: new Map(),
  });
  if (plan === undefined) throw new Error('no plan');
  const cause = removeAll ? 'remove' : 'apply';
  return {
    schema: 'wasmcast.dev/plan/v1',
    fleet: 'shop',
    cause,
    removeAll,
    timeoutMs: 5000,
    targets: [plan],
    warnings: [],
  };
}

async function rollOut(s: ReturnType<typeof setup>, chains: readonly Chain[], removeAll = false) {
  const plan = await makePlan(s.target, chains, removeAll);
  const [part] = plan.targets;
  if (part === undefined) throw new Error('no part');
  return await runRollout(plan, part, s.context);
}

describe('a rollout', () => {
  test('writes, waits until the instances show it, and records a revision', async () => {
    const s = setup();
    s.target.lag = 3;
    const result = await rollOut(s, wanted());
    expect(result).toMatchObject({ outcome: 'live', live: 3, writes: 3, revision: 1 });
    expect(s.target.holder).toBeUndefined();
    expect(s.events.filter((e) => e.type === 'progress').map((e) => e.live)).toEqual([0, 0, 0, 3]);
    expect(s.journal.map((e) => e.kind)).toEqual([
      'begin',
      'intent',
      'intent',
      'intent',
      'done',
      'done',
      'done',
      'end',
    ]);
  });

  test('applied again writes nothing, takes no lock and makes no revision', async () => {
    const s = setup();
    await rollOut(s, wanted());
    s.target.holder = { owner: 'someone', since: '', nonce: 'theirs' };
    const again = await rollOut(s, wanted());
    expect(again).toMatchObject({ outcome: 'live', writes: 0, revision: 1 });
    expect(s.target.stored).toHaveLength(1);
  });

  test('does not call live what is not seen live', async () => {
    const s = setup();
    s.target.lag = 1_000_000;
    const result = await rollOut(s, wanted());
    expect(result).toMatchObject({ outcome: 'not-live', live: 0 });
    expect(s.target.stored).toEqual([]);
  });

  test('a step that fails stops it; what began is waited for; the journal says which', async () => {
    const s = setup();
    s.target.beforeApply = (step) => {
      if (step.id.endsWith('two')) throw new Error('no');
    };
    const result = await rollOut(s, wanted());
    expect(result).toMatchObject({ outcome: 'failed', error: new Error('no') });
    expect(s.journal.at(-1)).toMatchObject({ kind: 'end', outcome: 'failed' });
    expect(s.journal.find((e) => e.kind === 'failed')).toMatchObject({ step: 'set t/foo/LocalService/two' });
    expect(s.target.holder).toBeUndefined();
  });

  test('an interrupted rollout is finished by the next one, revision and all', async () => {
    const s = setup();
    s.stop.abort();
    expect(await rollOut(s, wanted())).toMatchObject({ outcome: 'interrupted', writes: 0 });
    const next = { ...s, context: { ...s.context, stop: new AbortController().signal } };
    expect(await rollOut(next, wanted())).toMatchObject({ outcome: 'live', writes: 3, revision: 1 });
  });

  test('one that timed out gets its revision once the instances show it', async () => {
    const s = setup();
    s.target.lag = 1_000_000;
    await rollOut(s, wanted());
    s.target.catchUp();
    expect(await rollOut(s, wanted())).toMatchObject({ outcome: 'live', writes: 0, revision: 1 });
  });

  test('somebody else holds the lock: nothing is written', async () => {
    const s = setup();
    s.target.holder = { owner: 'someone', since: '', nonce: 'theirs' };
    await expect(rollOut(s, wanted())).rejects.toMatchObject({ code: 'WC-LOCK-001' });
    expect(s.target.applied).toEqual([]);
  });

  test('keeps ten revisions', async () => {
    const s = setup();
    for (let i = 0; i < 13; i++) await rollOut(s, wanted(String(i)));
    expect(s.target.stored.map((r) => r.number)).toEqual([4, 5, 6, 7, 8, 9, 10, 11, 12, 13]);
  });

  test('remove leaves nothing, no revision either', async () => {
    const s = setup();
    await rollOut(s, wanted());
    const result = await rollOut(s, [], true);
    expect(result).toMatchObject({ outcome: 'live', live: 3 });
    expect([s.target.chains.size, s.target.stored.length]).toEqual([0, 0]);
  });
});
