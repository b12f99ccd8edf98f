import { setTimeout as delay } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { seeds } from '@wasmcast/core/testing';
import { runChild } from './support/child.ts';
import { Session } from './support/session.ts';
import { shop, trailModule } from './support/shop.ts';

const kills = seeds({ slice: process.env['CI'] === 'true' ? 60 : 10, full: 1000 }, process.env);

/** How many events an apply of this fleet tells at most, and how much later than one of them it may be killed. */
const events = 20;
const millisecondsLater = 12;

test(
  `${kills.length} processes are killed while they roll out; each time the next apply finishes`,
  { timeout: 3_600_000 },
  async () => {
    const rollout = 'rollout: {waves: [1, 100%], gates: none, timeout: 30s}\n';
    await using session = await Session.open({ 'trail.wasm': await trailModule() });
    await session.write({ 'wasmcast.yaml': shop('start', rollout) });
    await using mesh = await session.mesh();
    expect((await session.json('apply')).events.at(-1)).toMatchObject({ outcome: 'live' });
    let cut = 0;
    for (const [index, seed] of kills.entries()) {
      const config = `config-${index}`;
      await session.write({ 'wasmcast.yaml': shop(config, rollout) });
      const before = seed % events;
      let told = 0;
      const { exit } = await runChild(session, 'apply', (_event, send) => {
        if (told++ !== before) return;
        void delay((seed * 7) % millisecondsLater).then(() => send('SIGKILL'));
      });
      if (exit === null) cut += 1;
      const { events: last } = await session.json('apply');
      expect({ seed, ...last.at(-1) }).toMatchObject({ seed, outcome: 'live', instances: 2, live: 2 });
      for (const service of ['cart', 'stock']) {
        const trail = (await fetch(mesh.url(service))).headers.get('x-trail');
        expect({ seed, service, trail }).toEqual({ seed, service, trail: `a:${config}` });
      }
      // Nothing was done twice: one revision more, whoever recorded it.
      const [history] = (await session.json('history')).events as readonly unknown[] as readonly History[];
      expect({ seed, newest: history?.revisions.at(-1)?.number }).toEqual({ seed, newest: index + 2 });
    }
    // Most of the processes did not get to their end.
    expect(cut).toBeGreaterThan(kills.length / 2);
  },
);

interface History {
  readonly revisions: readonly { readonly number: number }[];
}
