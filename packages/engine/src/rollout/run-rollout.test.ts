import { describe, expect, test } from 'vitest';
import {
  type Chain,
  type Journal,
  type JournalEntry,
  type Plan,
  WasmcastError,
  planTarget,
} from '@wasmcast/core';
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
    const result = await rollOut(s, wanted());
    expect(result).toMatchObject({ outcome: 'failed', writes: 0, error: { code: 'WC-LOCK-001' } });
    expect([s.target.applied, s.journal]).toEqual([[], []]);
    expect(s.target.holder).toMatchObject({ nonce: 'theirs' });
  });

  test('a step that fails is named, with what the target said; the counts are those of the plan', async () => {
    const s = setup();
    s.target.beforeApply = (step) => {
      if (step.id.endsWith('two'))
        throw new WasmcastError('WC-MEM-403', 'no right', { exit: 'notPermitted' });
    };
    const result = await rollOut(s, wanted());
    expect(result).toMatchObject({
      outcome: 'failed',
      failedStep: 'set t/foo/LocalService/two',
      error: { code: 'WC-MEM-403', exit: 'notPermitted' },
      instances: 3,
      live: 0,
    });
    expect(s.events.find((e) => e.type === 'step-failed')).toMatchObject({
      code: 'WC-MEM-403',
      workload: 't/foo/LocalService/two',
    });
  });

  test('a repair makes no revision: what is live was live before', async () => {
    const s = setup();
    await rollOut(s, wanted());
    s.target.chains.delete('t/foo/LocalService/two inbound');
    const result = await rollOut(s, wanted());
    expect(result).toMatchObject({ outcome: 'live', writes: 1, revision: 1 });
    expect(s.target.stored).toHaveLength(1);
  });

  test('two that find the same unrecorded state make one revision', async () => {
    const s = setup();
    s.target.lag = 1_000_000;
    await rollOut(s, wanted());
    s.target.catchUp();
    const { lock } = s.target;
    const other = { ...s.context, target: { ...s.target, lock } };
    // The other one gets the lock just before us and records.
    const acquire: typeof lock.acquire = async (...args) => {
      const [part] = (await makePlan(s.target, wanted())).targets;
      if (part !== undefined) await runRollout(await makePlan(s.target, wanted()), part, other);
      return await lock.acquire(...args);
    };
    const late = { ...s, context: { ...s.context, target: { ...s.target, lock: { ...lock, acquire } } } };
    expect(await rollOut(late, wanted())).toMatchObject({ outcome: 'live', revision: 1 });
    expect(s.target.stored.map((r) => r.number)).toEqual([1]);
  });

  test('an interrupt while it waits ends the waiting at once, though a reading hangs', async () => {
    const s = setup();
    s.target.beforeVerify = (signal) => {
      s.stop.abort(new Error('interrupted'));
      return new Promise((_, reject) =>
        signal.aborted
          ? reject(signal.reason as Error)
          : signal.addEventListener('abort', () => reject(signal.reason as Error)),
      );
    };
    expect(await rollOut(s, wanted())).toMatchObject({
      outcome: 'interrupted',
      writes: 3,
      instances: 3,
      live: 0,
    });
    expect(s.journal.at(-1)).toMatchObject({ kind: 'end', outcome: 'interrupted' });
    expect(s.target.holder).toBeUndefined();
  });

  test('a step that the second interrupt ends keeps an intent without an outcome', async () => {
    const s = setup();
    const hard = new AbortController();
    s.target.beforeApply = () => {
      hard.abort(new Error('interrupted'));
      throw new Error('aborted');
    };
    const again = { ...s, context: { ...s.context, signal: hard.signal } };
    expect(await rollOut(again, wanted())).toMatchObject({ outcome: 'interrupted', writes: 0 });
    expect(s.journal.map((e) => e.kind)).not.toContain('failed');
    expect(s.journal.map((e) => e.kind)).toContain('intent');
  });

  test('a target that is away for a moment is waited for; one that stays away fails it', async () => {
    const s = setup();
    let away = 3;
    const unreachable = (): void => {
      if ((away -= 1) >= 0) throw new WasmcastError('WC-MEM-069', 'away', { exit: 'unreachable' });
    };
    s.target.beforeVerify = unreachable;
    expect(await rollOut(s, wanted())).toMatchObject({ outcome: 'live', live: 3 });
    expect(s.events.filter((e) => e.type === 'unreadable')).toHaveLength(3);
    away = Infinity;
    const plan = { ...(await makePlan(s.target, wanted('y'))), timeoutMs: 600_000 };
    const [part] = plan.targets;
    if (part === undefined) throw new Error('no part');
    const began = s.context.clock.now();
    expect(await runRollout(plan, part, s.context)).toMatchObject({
      outcome: 'failed',
      error: { code: 'WC-MEM-069' },
    });
    expect(s.context.clock.now() - began).toBeLessThan(60_000);
  });

  test('a reading that fails otherwise is not tried again', async () => {
    const s = setup();
    s.target.beforeVerify = () => {
      throw new WasmcastError('WC-MEM-403', 'no right', { exit: 'notPermitted' });
    };
    expect(await rollOut(s, wanted())).toMatchObject({ outcome: 'failed', error: { code: 'WC-MEM-403' } });
    expect(s.target.stored).toEqual([]);
  });

  test('a journal that cannot be written stops it before the first effect', async () => {
    const s = setup();
    const append = async (entry: JournalEntry): Promise<void> => {
      if (entry.kind === 'intent') throw new Error('no space left');
    };
    const openJournal = async (): Promise<Journal> => ({ ...(await s.context.openJournal()), append });
    const result = await rollOut({ ...s, context: { ...s.context, openJournal } }, wanted());
    expect(result).toMatchObject({ outcome: 'failed', writes: 0, error: new Error('no space left') });
    expect(s.target.applied).toEqual([]);
  });

  test('a lock that cannot be given back is a remark, not a failure', async () => {
    const s = setup();
    const { lock } = s.target;
    const acquire: typeof lock.acquire = async (_fleet, holder) => ({
      holder,
      [Symbol.asyncDispose]: () => Promise.reject(new Error('gone')),
    });
    const target = { ...s.target, lock: { ...lock, acquire } };
    expect(await rollOut({ ...s, context: { ...s.context, target } }, wanted())).toMatchObject({
      outcome: 'live',
    });
    expect(s.events.find((e) => e.type === 'remark')).toMatchObject({
      code: 'WC-RUN-001',
      error: expect.stringContaining('gone') as string,
    });
  });

  test('clean-up waits until all is live, and does not happen otherwise', async () => {
    const s = setup();
    const plan = await makePlan(s.target, wanted());
    const [part] = plan.targets;
    const [step] = part?.steps ?? [];
    if (part === undefined || step === undefined) throw new Error('no step');
    const cleanup = {
      ...step,
      id: 'clean',
      stage: 'cleanup' as const,
      workload: 'w',
      precondition: 'old',
      before: null,
      after: 1,
    };
    const steps = [...part.steps, cleanup];
    s.target.lag = 1_000_000;
    expect(await runRollout(plan, { ...part, steps }, s.context)).toMatchObject({
      outcome: 'not-live',
      writes: 3,
    });
    expect(s.target.chains.has('old')).toBe(false);
    s.target.lag = 0;
    s.target.catchUp();
    expect(await runRollout(plan, { ...part, steps }, s.context)).toMatchObject({
      outcome: 'live',
      writes: 4,
    });
    expect(s.target.chains.has('old')).toBe(true);
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
