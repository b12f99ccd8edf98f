import path from 'node:path';
import type { FailurePolicy } from '@wasmcast/core';
import { requireComponent, sharedCluster, skipNote, temporaryNamespace } from '@wasmcast/testbed';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openMesh } from '../mesh.ts';
import { delivered, MeshColumn, type SeenInMesh } from './in-mesh.ts';
import { failureOf, type Kind, kinds, policies } from './kinds.ts';
import { ModuleServer } from './module-server.ts';
import { meshPage } from './page.ts';

const missing = await requireComponent('cluster');
const isFull = process.env['WASMCAST_FULL'] === '1';
const page = path.join(import.meta.dirname, '..', '..', '..', '..', 'docs', 'truth-table-istio.md');
/** A dozen cells as a rule; a loop is the last, because its proxy is lost. */
const tried = isFull
  ? kinds
  : (['404', 'configuration refused', 'trap in headers', 'endless loop'] as const satisfies readonly Kind[]);

describe.skipIf(missing !== undefined)(`how filters fail in a mesh${skipNote(missing)}`, () => {
  const stack = new AsyncDisposableStack();
  const cells = new Map<string, SeenInMesh>();
  const seen = (kind: Kind, policy: FailurePolicy): SeenInMesh => {
    const cell = cells.get(`${kind} ${policy}`);
    if (cell === undefined) throw new Error(`${kind} ${policy} was not run`);
    return cell;
  };

  beforeAll(async () => {
    const cluster = await sharedCluster();
    const client = stack.use(await cluster.client());
    const { name: namespace } = stack.use(await temporaryNamespace(client, 'truth'));
    const target = stack.use(await openMesh(cluster, { stateNamespace: namespace }));
    // Where pods reach this machine.
    const host = cluster.registry.pull.replace(/:\d+$/, '');
    const server = stack.use(await ModuleServer.start(host));
    const registry = `${host}:${server.port}`;
    // Made beforehand: a bomb takes its time, in which no client would get an answer.
    const deliveries = tried.map(
      (kind) => [kind, delivered(kind, failureOf(kind), server, registry)] as const,
    );
    await Promise.all(
      policies.map(async (policy) => {
        const column = await MeshColumn.start(cluster, client, target, namespace, policy, registry);
        for (const [kind, delivery] of deliveries) {
          // oxlint-disable-next-line no-await-in-loop
          cells.set(`${kind} ${policy}`, await column.observe(kind, delivery));
        }
      }),
    );
  });

  afterAll(async () => {
    await stack.disposeAsync();
  });

  test.each(tried.flatMap((kind) => policies.map((policy) => [kind, policy] as const)))(
    '%s, %s',
    (kind, policy) => {
      const { answers, verdict } = seen(kind, policy);
      const unfiltered = answers.includes('unfiltered');
      expect(unfiltered && policy !== 'open').toBe(false);
      expect(verdict.verdict === 'live' && policy !== 'reload').toBe(false);
      expect(verdict.verdict === 'live').toBe(verdict.evidence?.includes('is made anew') === true);
    },
  );

  test.skipIf(isFull)('the page about the dozen is of this run', async () => {
    await expect(meshPage(tried, seen)).toMatchFileSnapshot(page);
  });
});
