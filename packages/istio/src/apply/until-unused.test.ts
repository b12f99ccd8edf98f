import { expect, it } from 'vitest';
import { kinds } from '../api/kinds.ts';
import type { PodObject } from '../api/objects.ts';
import { json, serveApi } from '../testing/api-server.ts';
import { pod } from '../testing/native.ts';
import { type Patience, untilUnused } from './until-unused.ts';

const at = { kind: kinds.EnvoyFilter, namespace: 'foo', name: 'x', fleet: 'shop' };
const use = { label: 'mounts.wasmcast.dev/shop', value: 'h' };
const leaving = pod('old', {
  metadata: { name: 'old', deletionTimestamp: '2026-01-01T00:00:30Z', deletionGracePeriodSeconds: 3600 },
});

/** Waits while the pods come and go; the last list stands. Gives how often was asked. */
async function waitFor(
  patience: Partial<Patience>,
  isRolling: boolean,
  ...lists: readonly (readonly PodObject[])[]
): Promise<number> {
  let asked = 0;
  await using api = await serveApi((_, response) =>
    json(response, 200, { items: lists[Math.min(asked++, lists.length - 1)] }),
  );
  const limits = { maxMs: 60_000, slackMs: 5000, ...patience };
  await untilUnused(api.client, at, use, isRolling, AbortSignal.timeout(10_000), limits);
  return asked;
}

it('what terminating pods use is kept until they are gone', async () => {
  expect(await waitFor({}, false, [])).toBe(1);
  expect(await waitFor({ slackMs: 0 }, false, [leaving], [leaving], [leaving], [])).toBe(4);
  expect(await waitFor({}, false, [pod('done', { status: { phase: 'Succeeded' } })])).toBe(1);
});

it('pods that the garbage collector has not found yet are given a moment, pods that stay no more than that', async () => {
  expect(await waitFor({}, false, [pod('orphan')], [leaving], [])).toBe(3);
  await expect(waitFor({ slackMs: 0 }, false, [pod('a'), pod('b')])).rejects.toMatchObject({
    code: 'WC-IST-027',
    message: 'EnvoyFilter foo/x is still used by 2 pods, a among them',
  });
});

it('pods of a workload that goes back are waited for as long as that may take, and not forever', async () => {
  expect(await waitFor({ slackMs: 0 }, true, [pod('a')], [])).toBe(2);
  await expect(waitFor({ maxMs: 0 }, true, [pod('a')])).rejects.toMatchObject({ code: 'WC-IST-027' });
});
