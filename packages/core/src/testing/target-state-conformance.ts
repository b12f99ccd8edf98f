import { describe, expect, it } from 'vitest';
import { toRevision, type Revision } from '../model/revision.ts';
import type { LockHolder } from '../ports/lock.ts';
import { describeRolloutStore } from './rollout-store-conformance.ts';
import { TargetDriver } from './target-driver.ts';
import type { TargetFixture } from './target-fixture.ts';

/** The part of the conformance suite that is about what a target remembers: revisions, the rollout, locks. */
export function describeTargetState(fixtureOf: () => TargetFixture): void {
  const signal = (): AbortSignal => AbortSignal.timeout(fixtureOf().convergeMs);
  const holder = (nonce: string): LockHolder => ({
    owner: `${nonce}@conformance`,
    since: '2026-01-02T03:04:05Z',
    nonce,
  });

  describe('revisions', () => {
    const fleet = 'conformance-revisions';
    const revision = async (number: number): Promise<Revision> => {
      const driver = new TargetDriver(fixtureOf(), fleet);
      const chains = driver.chains(await driver.observe(), {
        first: [driver.filter('one', 'a')],
        second: [driver.filter('one', 'a'), driver.filter('two', 'b', { number: String(number) })],
      });
      const info = { fleet, target: fixtureOf().target.name, number, at: '2026-01-02T03:04:05Z' };
      return toRevision({ ...info, by: 'somebody@conformance', cause: 'apply' }, chains);
    };
    const clear = async (): Promise<void> => {
      const { revisions } = fixtureOf().target;
      const there = await revisions.list(fleet, signal());
      await revisions.delete(
        fleet,
        there.map((r) => r.number),
        signal(),
      );
    };

    it('are kept whole, oldest first, each fleet its own', async () => {
      await clear();
      const { revisions } = fixtureOf().target;
      expect(await revisions.list(fleet, signal())).toEqual([]);
      const [one, two, ten] = [await revision(1), await revision(2), await revision(10)];
      await revisions.put(two, signal());
      await revisions.put(ten, signal());
      await revisions.put(one, signal());
      expect(await revisions.list(fleet, signal())).toEqual([one, two, ten]);
      expect(await revisions.list('conformance-nobody', signal())).toEqual([]);
      await clear();
      expect(await revisions.list(fleet, signal())).toEqual([]);
    });

    it('have numbers that can be taken once', async () => {
      await clear();
      const { revisions } = fixtureOf().target;
      const one = await revision(1);
      await revisions.put(one, signal());
      const again = { ...one, by: 'late@conformance' };
      await expect(revisions.put(again, signal())).rejects.toMatchObject({ code: 'WC-REV-001' });
      expect(await revisions.list(fleet, signal())).toEqual([one]);
      await clear();
    });

    it('may be deleted when they are not there', async () => {
      await clear();
      const { revisions } = fixtureOf().target;
      await revisions.put(await revision(3), signal());
      await revisions.delete(fleet, [1, 2], signal());
      expect((await revisions.list(fleet, signal())).map((r) => r.number)).toEqual([3]);
      await clear();
    });
  });

  describeRolloutStore(fixtureOf);

  describe('the lock', () => {
    const fleet = 'conformance-lock';

    it('is held by one, who is shown to the others, until it is disposed of', async () => {
      const { lock } = fixtureOf().target;
      expect(await lock.holder(fleet, signal())).toBeUndefined();
      const held = await lock.acquire(fleet, holder('first'), signal());
      try {
        expect(held.holder).toEqual(holder('first'));
        expect(await lock.holder(fleet, signal())).toEqual(holder('first'));
        await expect(lock.acquire(fleet, holder('second'), signal())).rejects.toMatchObject({
          code: 'WC-LOCK-001',
          message: expect.stringContaining('first@conformance') as string,
        });
        expect(await lock.holder(fleet, signal())).toEqual(holder('first'));
      } finally {
        await held[Symbol.asyncDispose]();
      }
      expect(await lock.holder(fleet, signal())).toBeUndefined();
      const next = await lock.acquire(fleet, holder('second'), signal());
      await next[Symbol.asyncDispose]();
    });

    it('of one fleet does not hold up another', async () => {
      const { lock } = fixtureOf().target;
      await using one = await lock.acquire(fleet, holder('first'), signal());
      await using other = await lock.acquire(`${fleet}-other`, holder('second'), signal());
      expect([one.holder.nonce, other.holder.nonce]).toEqual(['first', 'second']);
    });

    it('is broken only by the nonce of its holder', async () => {
      const { lock } = fixtureOf().target;
      await using _held = await lock.acquire(fleet, holder('first'), signal());
      expect(await lock.break(fleet, 'second', signal())).toBe(false);
      expect(await lock.holder(fleet, signal())).toEqual(holder('first'));
      expect(await lock.break(fleet, 'first', signal())).toBe(true);
      expect(await lock.holder(fleet, signal())).toBeUndefined();
    });

    it('goes to exactly one of many who want it at once', async () => {
      const { lock } = fixtureOf().target;
      const tries = await Promise.allSettled(
        ['a', 'b', 'c', 'd', 'e'].map((nonce) => lock.acquire(fleet, holder(nonce), signal())),
      );
      const won = tries.filter((t) => t.status === 'fulfilled').map((t) => t.value);
      for (const held of won)
        // oxlint-disable-next-line no-await-in-loop
        await held[Symbol.asyncDispose]();
      expect(won.length).toBe(1);
    });
  });
}
