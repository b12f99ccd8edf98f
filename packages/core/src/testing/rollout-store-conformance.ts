import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type RolloutRecord, toRolloutRecord } from '../model/rollout-record.ts';
import { TargetDriver } from './target-driver.ts';
import type { TargetFixture } from './target-fixture.ts';

/** The part of the conformance suite that is about the rollout that a target remembers. */
export function describeRolloutStore(fixtureOf: () => TargetFixture): void {
  const fleet = 'conformance-rollout';
  const signal = (): AbortSignal => AbortSignal.timeout(fixtureOf().convergeMs);
  const recordOf = async (version: number, change: Partial<RolloutRecord> = {}): Promise<RolloutRecord> => {
    const driver = new TargetDriver(fixtureOf(), fleet);
    const wanted = driver.chains(await driver.observe(), {
      first: [driver.filter('one', 'a')],
      second: [driver.filter('one', 'a'), driver.filter('two', 'b')],
    });
    const record = toRolloutRecord(
      {
        fleet,
        target: fixtureOf().target.name,
        id: 'r1',
        version,
        cause: 'apply',
        by: 'somebody@conformance',
        since: '2026-01-02T03:04:05Z',
        phase: 'rolling',
        waves: [{ workloads: ['w'], instances: 2, restarts: 1, pauseMs: 0, manual: true }],
        finished: 0,
        promoted: 0,
      },
      wanted,
      wanted.map((chain) => ({ ...chain, filters: [] })),
    );
    return { ...record, ...change };
  };

  const overtaken = { code: 'WC-ROLL-010' };
  const clear = async (): Promise<void> => {
    const { rollouts } = fixtureOf().target;
    const stored = await rollouts.read(fleet, signal());
    if (stored !== undefined) await rollouts.delete(fleet, stored.record, signal());
  };

  describe('the rollout', () => {
    beforeEach(clear);
    afterEach(clear);

    it('is kept whole until it is deleted', async () => {
      const { rollouts } = fixtureOf().target;
      expect(await rollouts.read(fleet, signal())).toBeUndefined();
      expect(await rollouts.look(fleet, signal())).toBeUndefined();
      const record = await recordOf(1);
      await rollouts.write(record, undefined, signal());
      expect(await rollouts.read(fleet, signal())).toEqual({ record });
      expect(await rollouts.read('conformance-nobody', signal())).toBeUndefined();
      await rollouts.delete(fleet, record, signal());
      expect(await rollouts.read(fleet, signal())).toBeUndefined();
    });

    it('is written only over what the writer has seen', async () => {
      const { rollouts } = fixtureOf().target;
      const first = await recordOf(1);
      await rollouts.write(first, undefined, signal());
      const second = await recordOf(2, { phase: 'paused', reason: 'asked to' });
      await rollouts.write(second, first, signal());
      const late = await recordOf(2, { phase: 'going-back' });
      await expect(rollouts.write(late, first, signal())).rejects.toMatchObject(overtaken);
      const stranger = await recordOf(3, { id: 'r2' });
      await expect(rollouts.write(stranger, { id: 'r2', version: 2 }, signal())).rejects.toMatchObject(
        overtaken,
      );
      expect(await rollouts.read(fleet, signal())).toEqual({ record: second });
      await rollouts.delete(fleet, second, signal());
      await expect(rollouts.write(await recordOf(3), second, signal())).rejects.toMatchObject(overtaken);
    });

    it('begins anew only in the place of the one that was seen, or of none', async () => {
      const { rollouts } = fixtureOf().target;
      const old = await recordOf(1);
      await rollouts.write(old, undefined, signal());
      const next = await recordOf(1, { id: 'r2' });
      await expect(rollouts.write(next, undefined, signal())).rejects.toMatchObject(overtaken);
      await rollouts.write(next, old, signal());
      expect(await rollouts.read(fleet, signal())).toEqual({ record: next });
      const asleep = await recordOf(1, { id: 'r3' });
      await expect(rollouts.write(asleep, old, signal())).rejects.toMatchObject(overtaken);
      expect(await rollouts.read(fleet, signal())).toEqual({ record: next });
    });

    it('is deleted only by whoever has seen what stands there', async () => {
      const { rollouts } = fixtureOf().target;
      const first = await recordOf(1);
      await rollouts.write(first, undefined, signal());
      const second = await recordOf(2);
      await rollouts.write(second, first, signal());
      await expect(rollouts.delete(fleet, first, signal())).rejects.toMatchObject(overtaken);
      const other = { id: 'r2', version: 2 };
      await expect(rollouts.delete(fleet, other, signal())).rejects.toMatchObject(overtaken);
      expect(await rollouts.read(fleet, signal())).toEqual({ record: second });
      await rollouts.delete(fleet, second, signal());
      await expect(rollouts.delete(fleet, second, signal())).rejects.toMatchObject(overtaken);
    });

    it('takes a request from anybody, and keeps it while the record is written', async () => {
      const { rollouts } = fixtureOf().target;
      const request = { id: 'q1', kind: 'pause', by: 'somebody.else@conformance', finished: 1 } as const;
      expect(await rollouts.ask(fleet, 'r1', request, signal())).toBe(false);
      const first = await recordOf(1);
      await rollouts.write(first, undefined, signal());
      expect(await rollouts.ask(fleet, 'r1', request, signal())).toBe(true);
      const second = await recordOf(2, { answered: 'q1' });
      await rollouts.write(second, first, signal());
      expect(await rollouts.read(fleet, signal())).toEqual({ record: second, request });
      const newer = { ...request, id: 'q2', kind: 'abort' } as const;
      expect(await rollouts.ask(fleet, 'r1', newer, signal())).toBe(true);
      expect(await rollouts.read(fleet, signal())).toEqual({ record: second, request: newer });
      expect(await rollouts.look(fleet, signal())).toMatchObject({
        stamp: { id: 'r1', version: 2 },
        request: newer,
      });
      // A rollout that takes the place of another is not asked what that one was asked, before or afterwards.
      const next = await recordOf(1, { id: 'r2' });
      await rollouts.write(next, second, signal());
      expect(await rollouts.ask(fleet, 'r1', newer, signal())).toBe(false);
      expect(await rollouts.read(fleet, signal())).toEqual({ record: next });
      expect((await rollouts.look(fleet, signal()))?.request).toBeUndefined();
    });
  });
}
