import { expect, test } from 'vitest';
import { RolloutWorld } from '../testing/rollout-world.ts';

const holder = { owner: 'you@there', since: '2026-01-02T03:04:05Z', nonce: 'theirs' };
const process = { name: 'mine', isDead: (name: string) => name === 'dead' };

test('the lock of a process that is seen to be dead is taken over, and that is told', async () => {
  const world = new RolloutWorld(['a']);
  world.target.holder = { ...holder, process: 'dead' };
  expect(await world.rollOut(world.wanted(), {}, { process })).toMatchObject({ outcome: 'live' });
  expect(world.events).toContainEqual(
    expect.objectContaining({
      type: 'remark',
      code: 'WC-RUN-003',
      error: expect.stringContaining('you@there') as string,
    }),
  );
  expect(world.target.holder).toBeUndefined();
});

test.each([{ process: 'alive' }, {}])('one that may be alive keeps it: %s', async (change) => {
  const world = new RolloutWorld(['a']);
  world.target.holder = { ...holder, ...change };
  expect(await world.rollOut(world.wanted(), {}, { process })).toMatchObject({
    outcome: 'failed',
    error: { code: 'WC-LOCK-001' },
  });
  expect(world.target.holder).toMatchObject({ nonce: 'theirs' });
});
