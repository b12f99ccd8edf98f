import { describe, expect, test } from 'vitest';
import {
  type Journal,
  type JournalEntry,
  type JsonValue,
  type RolloutPolicy,
  WasmcastError,
} from '@wasmcast/core';
import { RolloutWorld } from '../testing/rollout-world.ts';

const setup = (): RolloutWorld => new RolloutWorld(['one', 'two', 'three']);

/** What fails stays as it is: going back has tests of its own. */
const stays: Partial<RolloutPolicy> = { onFailure: 'stop' };

describe('a rollout', () => {
  test('writes, waits until the instances show it, and records a revision', async () => {
    const s = setup();
    s.target.lag = 3;
    const result = await s.rollOut(s.wanted(), stays);
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

  test('tells its instances in the order of their numbers, however they were read', async () => {
    const s = new RolloutWorld(['front-10', 'cart', 'front-2']);
    const { verdicts } = await s.rollOut(s.wanted(), stays);
    expect(verdicts.map(({ instance }) => instance.workload.name)).toEqual(['cart', 'front-2', 'front-10']);
  });

  test('applied again writes nothing, takes no lock and makes no revision', async () => {
    const s = setup();
    await s.rollOut(s.wanted(), stays);
    s.target.holder = { owner: 'someone', since: '', nonce: 'theirs' };
    const again = await s.rollOut(s.wanted(), stays);
    expect(again).toMatchObject({ outcome: 'live', writes: 0, revision: 1 });
    expect(s.target.stored).toHaveLength(1);
  });

  test('waits for nothing where it leaves what others changed', async () => {
    const s = setup();
    await s.rollOut(s.wanted(), stays);
    const plan = await s.plan(s.wanted(), stays);
    const [edited] = s.wanted('edited').filter(({ workload }) => workload.name === 'two');
    s.target.chains.set('t/foo/LocalService/two inbound', edited as unknown as JsonValue);
    expect(await s.run(plan)).toMatchObject({ outcome: 'not-live', live: 2 });
    const left = { ...plan, targets: plan.targets.map((p) => ({ ...p, left: ['t/foo/LocalService/two'] })) };
    expect(await s.run(left)).toMatchObject({ outcome: 'live', live: 2, writes: 0, revision: 1 });
  });

  test('does not call live what is not seen live', async () => {
    const s = setup();
    s.target.lag = 1_000_000;
    const result = await s.rollOut(s.wanted(), stays);
    expect(result).toMatchObject({ outcome: 'not-live', live: 0 });
    expect(s.target.stored).toEqual([]);
  });

  test('a step that fails stops it; what began is waited for; the journal says which', async () => {
    const s = setup();
    s.target.beforeApply = (step) => {
      if (step.id.endsWith('two')) throw new Error('no');
    };
    const result = await s.rollOut(s.wanted(), stays);
    expect(result).toMatchObject({ outcome: 'failed', error: new Error('no') });
    expect(s.journal.at(-1)).toMatchObject({ kind: 'end', outcome: 'failed' });
    expect(s.journal.find((e) => e.kind === 'failed')).toMatchObject({ step: 'set t/foo/LocalService/two' });
    expect(s.target.holder).toBeUndefined();
  });

  test('an interrupted rollout is finished by the next one, revision and all', async () => {
    const s = setup();
    const stop = AbortSignal.abort();
    expect(await s.rollOut(s.wanted(), stays, { stop })).toMatchObject({ outcome: 'interrupted', writes: 0 });
    expect(await s.rollOut(s.wanted(), stays)).toMatchObject({ outcome: 'live', writes: 3, revision: 1 });
  });

  test('one that timed out gets its revision once the instances show it', async () => {
    const s = setup();
    s.target.lag = 1_000_000;
    await s.rollOut(s.wanted(), stays);
    s.target.catchUp();
    expect(await s.rollOut(s.wanted(), stays)).toMatchObject({ outcome: 'live', writes: 0, revision: 1 });
  });

  test('somebody else holds the lock: nothing is written', async () => {
    const s = setup();
    s.target.holder = { owner: 'someone', since: '', nonce: 'theirs' };
    const result = await s.rollOut(s.wanted(), stays);
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
    const result = await s.rollOut(s.wanted(), stays);
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
    await s.rollOut(s.wanted(), stays);
    s.target.chains.delete('t/foo/LocalService/two inbound');
    const result = await s.rollOut(s.wanted(), stays);
    expect(result).toMatchObject({ outcome: 'live', writes: 1, revision: 1 });
    expect(s.target.stored).toHaveLength(1);
  });

  test('two that find the same unrecorded state make one revision', async () => {
    const s = setup();
    s.target.lag = 1_000_000;
    await s.rollOut(s.wanted(), stays);
    s.target.catchUp();
    const { lock } = s.target;
    // The other one gets the lock just before us and records.
    const acquire: typeof lock.acquire = async (...args) => {
      await s.rollOut(s.wanted(), stays);
      return await lock.acquire(...args);
    };
    const target = { ...s.target, lock: { ...lock, acquire } };
    expect(await s.rollOut(s.wanted(), stays, { target })).toMatchObject({
      outcome: 'failed',
      error: { code: 'WC-ROLL-011' },
    });
    expect(s.target.stored.map((r) => r.number)).toEqual([1]);
  });

  test('an interrupt while it waits ends the waiting at once, though a reading hangs', async () => {
    const s = setup();
    const stop = new AbortController();
    s.target.beforeVerify = (signal) => {
      stop.abort(new Error('interrupted'));
      return new Promise((_, reject) =>
        signal.aborted
          ? reject(signal.reason as Error)
          : signal.addEventListener('abort', () => reject(signal.reason as Error)),
      );
    };
    expect(await s.rollOut(s.wanted(), stays, { stop: stop.signal })).toMatchObject({
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
    expect(await s.rollOut(s.wanted(), stays, { signal: hard.signal })).toMatchObject({
      outcome: 'interrupted',
      writes: 0,
    });
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
    expect(await s.rollOut(s.wanted(), stays)).toMatchObject({ outcome: 'live', live: 3 });
    expect(s.events.filter((e) => e.type === 'unreadable')).toHaveLength(3);
    away = Infinity;
    const began = s.clock.now();
    expect(await s.rollOut(s.wanted('y'), { ...stays, timeoutMs: 600_000 })).toMatchObject({
      outcome: 'failed',
      error: { code: 'WC-MEM-069' },
    });
    expect(s.clock.now() - began).toBeLessThan(60_000);
  });

  test('a reading that fails otherwise is not tried again', async () => {
    const s = setup();
    s.target.beforeVerify = () => {
      throw new WasmcastError('WC-MEM-403', 'no right', { exit: 'notPermitted' });
    };
    expect(await s.rollOut(s.wanted(), stays)).toMatchObject({
      outcome: 'failed',
      error: { code: 'WC-MEM-403' },
    });
    expect(s.target.stored).toEqual([]);
  });

  test('a journal that cannot be written stops it before the first effect', async () => {
    const s = setup();
    const append = async (entry: JournalEntry): Promise<void> => {
      if (entry.kind === 'intent') throw new Error('no space left');
    };
    const openJournal = async (): Promise<Journal> => ({ ...(await s.context().openJournal()), append });
    const result = await s.rollOut(s.wanted(), stays, { openJournal });
    expect(result).toMatchObject({ outcome: 'failed', writes: 0, error: new Error('no space left') });
    expect(s.target.applied).toEqual([]);
  });

  test('a lock that cannot be given back is a remark, not a failure', async () => {
    const s = setup();
    const { lock } = s.target;
    const acquire: typeof lock.acquire = async (...args) => ({
      ...(await lock.acquire(...args)),
      [Symbol.asyncDispose]: () => Promise.reject(new Error('gone')),
    });
    const target = { ...s.target, lock: { ...lock, acquire } };
    expect(await s.rollOut(s.wanted(), stays, { target })).toMatchObject({
      outcome: 'live',
    });
    expect(s.events.find((e) => e.type === 'remark')).toMatchObject({
      code: 'WC-RUN-001',
      error: expect.stringContaining('gone') as string,
    });
  });

  test('clean-up waits until all is live, and does not happen otherwise', async () => {
    const s = setup();
    const plan = await s.plan(s.wanted(), stays);
    const [part] = plan.targets;
    const [step] = part?.steps ?? [];
    if (part === undefined || step === undefined) throw new Error('no step');
    const cleanup = {
      ...step,
      id: 'clean',
      stage: 'cleanup' as const,
      workload: 'w',
      precondition: { key: 'old', version: 0 },
      before: null,
      after: 1,
    };
    const steps = [...part.steps, cleanup];
    s.target.lag = 1_000_000;
    expect(await s.run({ ...plan, targets: [{ ...part, steps }] })).toMatchObject({
      outcome: 'not-live',
      writes: 3,
    });
    expect(s.target.chains.has('old')).toBe(false);
    s.target.lag = 0;
    s.target.catchUp();
    const [later] = (await s.plan(s.wanted(), stays)).targets;
    if (later === undefined) throw new Error('no plan');
    expect(await s.run({ ...plan, targets: [{ ...later, steps: [cleanup] }] })).toMatchObject({
      outcome: 'live',
      writes: 1,
    });
    expect(s.target.chains.has('old')).toBe(true);
  });

  test('keeps ten revisions', async () => {
    const s = setup();
    for (let i = 0; i < 13; i++) await s.rollOut(s.wanted(String(i)));
    expect(s.target.stored.map((r) => r.number)).toEqual([4, 5, 6, 7, 8, 9, 10, 11, 12, 13]);
  });

  test('remove leaves nothing, no revision either', async () => {
    const s = setup();
    await s.rollOut(s.wanted(), stays);
    const result = await s.rollOut([], {}, {}, true);
    expect(result).toMatchObject({ outcome: 'live', live: 3 });
    expect([s.target.chains.size, s.target.stored.length]).toEqual([0, 0]);
  });
});
