import path from 'node:path';
import type { FailurePolicy } from '@wasmcast/core';
import { requireComponent, skipNote, versions } from '@wasmcast/testbed';
import { beforeAll, describe, expect, test } from 'vitest';
import { caughtBefore, repositoryOf } from './before.ts';
import { failureOf, type Kind, kinds, policies } from './kinds.ts';
import { ModuleServer } from './module-server.ts';
import { Proxy, type Seen } from './observe.ts';
import { type Cells, truthPage } from './page.ts';

const missing = await requireComponent('envoy');
const docs = path.join(import.meta.dirname, '..', '..', '..', '..', 'docs');
const failures = kinds.map((kind) => [kind, failureOf(kind)] as const);

describe.skipIf(missing !== undefined)(`how filters fail in a real Envoy${skipNote(missing)}`, () => {
  const cells = new Map<string, Seen>();
  const caught = new Map<Kind, string | undefined>();
  const seen = (kind: Kind, policy: FailurePolicy): Seen => {
    const cell = cells.get(`${kind} ${policy}`);
    if (cell === undefined) throw new Error(`${kind} ${policy} was not run`);
    return cell;
  };

  beforeAll(async () => {
    await using server = await ModuleServer.start();
    for (const [kind, failure] of failures)
      if (failure.by === 'fetch') server.add(repositoryOf(kind), failure.wanted, failure.served);
    const isEndless = (kind: Kind): boolean => kind === 'endless loop';
    // A loop holds its worker, so it has a proxy of its own.
    const runs = policies.flatMap((policy) =>
      [failures.filter(([kind]) => isEndless(kind)), failures.filter(([kind]) => !isEndless(kind))].map(
        (column) => ({ policy, column }),
      ),
    );
    await Promise.all(
      runs.map(async ({ policy, column }) => {
        await using proxy = await Proxy.start(server.port);
        for (const [kind, failure] of column) {
          // oxlint-disable-next-line no-await-in-loop
          cells.set(`${kind} ${policy}`, await proxy.observe(kind, failure, policy));
        }
      }),
    );
    for (const [kind, failure] of failures) {
      // oxlint-disable-next-line no-await-in-loop
      caught.set(kind, await caughtBefore(kind, failure, server.port));
    }
  }, 240_000);

  describe.each(policies)('%s', (policy) => {
    test.each(kinds)('%s', (kind) => {
      const { answers, beside, verdict } = seen(kind, policy);
      // No answer passes a filter that failed, unless its policy says so.
      const unfiltered = answers.includes('unfiltered');
      expect(unfiltered && policy !== 'open').toBe(false);
      expect(beside).toBe(kind === 'endless loop' ? 'no answer' : 'filtered');
      // Live is only what heals itself, and then its failure is told.
      expect(verdict.verdict === 'live' && policy !== 'reload').toBe(false);
      expect(verdict.evidence).toBeDefined();
    });
  });

  test.each(kinds.slice(0, kinds.indexOf('trap in headers')))(
    '%s is caught before anything is written',
    (kind) => {
      expect(caught.get(kind)).toBeDefined();
    },
  );

  test('the page about it is of this run', async () => {
    const all: Cells = { seen, caught: (kind) => caught.get(kind) };
    await expect(truthPage(all, versions.envoy)).toMatchFileSnapshot(path.join(docs, 'truth-table.md'));
  });
});
