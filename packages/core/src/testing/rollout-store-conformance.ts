import { describe, expect, it } from 'vitest';
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

  describe('the rollout', () => {
    it('is kept whole until it is deleted', async () => {
      const { rollouts } = fixtureOf().target;
      await rollouts.delete(fleet, signal());
      expect(await rollouts.read(fleet, signal())).toBeUndefined();
      const record = await recordOf(1);
      await rollouts.write(record, signal());
      expect(await rollouts.read(fleet, signal())).toEqual({ record });
      expect(await rollouts.read('conformance-nobody', signal())).toBeUndefined();
      await rollouts.delete(fleet, signal());
      await rollouts.delete(fleet, signal());
      expect(await rollouts.read(fleet, signal())).toBeUndefined();
    });

    it('is written only from the version before, so that nobody writes over what he has not seen', async () => {
      const { rollouts } = fixtureOf().target;
      await rollouts.write(await recordOf(1), signal());
      const second = await recordOf(2, { phase: 'paused', reason: 'asked to' });
      await rollouts.write(second, signal());
      const late = await recordOf(2, { phase: 'going-back' });
      await expect(rollouts.write(late, signal())).rejects.toMatchObject({ code: 'WC-ROLL-010' });
      const stranger = await recordOf(3, { id: 'r2' });
      await expect(rollouts.write(stranger, signal())).rejects.toMatchObject({ code: 'WC-ROLL-010' });
      expect(await rollouts.read(fleet, signal())).toEqual({ record: second });
      await rollouts.delete(fleet, signal());
      await expect(rollouts.write(await recordOf(3), signal())).rejects.toMatchObject({
        code: 'WC-ROLL-010',
      });
    });

    it('begins anew in the place of any other', async () => {
      const { rollouts } = fixtureOf().target;
      await rollouts.write(await recordOf(1), signal());
      const next = await recordOf(1, { id: 'r2' });
      await rollouts.write(next, signal());
      expect(await rollouts.read(fleet, signal())).toEqual({ record: next });
      await rollouts.delete(fleet, signal());
    });

    it('takes a request from anybody, and keeps it while the record is written', async () => {
      const { rollouts } = fixtureOf().target;
      const request = { id: 'q1', kind: 'pause', by: 'somebody.else@conformance' } as const;
      await rollouts.delete(fleet, signal());
      expect(await rollouts.ask(fleet, request, signal())).toBe(false);
      await rollouts.write(await recordOf(1), signal());
      expect(await rollouts.ask(fleet, request, signal())).toBe(true);
      const second = await recordOf(2, { answered: 'q1' });
      await rollouts.write(second, signal());
      expect(await rollouts.read(fleet, signal())).toEqual({ record: second, request });
      const newer = { ...request, id: 'q2', kind: 'abort' } as const;
      expect(await rollouts.ask(fleet, newer, signal())).toBe(true);
      expect(await rollouts.read(fleet, signal())).toEqual({ record: second, request: newer });
      // A rollout that begins anew is not asked what the one before was asked.
      const next = await recordOf(1, { id: 'r2' });
      await rollouts.write(next, signal());
      expect(await rollouts.read(fleet, signal())).toEqual({ record: next });
      await rollouts.delete(fleet, signal());
    });
  });
}
