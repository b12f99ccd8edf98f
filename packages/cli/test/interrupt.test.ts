import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { connectLocal, socketEnvironment, socketPathFor } from '@wasmcast/local';
import { runChild } from './support/child.ts';
import { Session, type SessionMesh } from './support/session.ts';
import { shop, trailModule } from './support/shop.ts';

/** So many services that an interrupt after the first write finds most of them unwritten. */
const services = Array.from({ length: 150 }, (_, i) => `s${i}`);

const manifest = `apiVersion: wasmcast.dev/v1alpha1
kind: Fleet
metadata: {name: shop}
filters:
- {name: trail, module: {file: trail.wasm}, config: one}
targets:
- name: laptop
  local:
    services:
${services.map((name) => `    - {namespace: shop, name: ${name}, labels: {tier: web}}`).join('\n')}
bindings:
- {name: all, target: laptop, select: {namespace: shop, labels: {tier: web}}, chain: [trail]}
rollout: {gates: none}
`;

let session: Session;
let mesh: SessionMesh;

beforeAll(async () => {
  session = await Session.open({ 'wasmcast.yaml': manifest, 'trail.wasm': await trailModule() });
  mesh = await session.mesh();
}, 60_000);
afterAll(async () => {
  await mesh[Symbol.asyncDispose]();
  await session[Symbol.asyncDispose]();
});

interface Entry {
  readonly kind: string;
  readonly rollout: string;
  readonly step?: string;
  readonly outcome?: string;
}

/** The journal's rollouts, oldest first. */
async function rollouts(): Promise<readonly (readonly Entry[])[]> {
  const file = path.join(session.folder, 'state/wasmcast/journal/laptop/shop.jsonl');
  const lines = (await readFile(file, 'utf8')).trim().split('\n');
  return [
    ...Map.groupBy(
      lines.map((line) => JSON.parse(line) as Entry),
      (entry) => entry.rollout,
    ).values(),
  ];
}

describe('Ctrl-C during a rollout', () => {
  test(
    'ends it between two steps: 130, a journal that fits the mesh, and how to go on',
    { timeout: 60_000 },
    async () => {
      let sent = false;
      const { exit, events, stderr } = await runChild(session, 'apply', (event, send) => {
        if (sent || event.type !== 'step-done' || !('workload' in event)) return;
        sent = true;
        send('SIGINT');
      });
      expect([exit, stderr]).toEqual([130, '']);
      const summary = events.at(-1);
      expect(summary).toMatchObject({
        type: 'summary',
        command: 'apply',
        outcome: 'interrupted',
        exitCode: 130,
        live: 0,
      });
      const writes = summary?.['writes'] as number;
      expect(writes).toBeGreaterThan(1);
      expect(writes).toBeLessThan(services.length);
      // Every step that began has ended, and the journal, the events and the mesh agree on which.
      const [entries = []] = await rollouts();
      const of = (kind: string): (string | undefined)[] =>
        entries.filter((e) => e.kind === kind).map((e) => e.step);
      expect(new Set(of('done'))).toEqual(new Set(of('intent')));
      expect(of('done')).toHaveLength(writes);
      expect(entries.at(-1)).toMatchObject({ kind: 'end', outcome: 'interrupted' });
      const { events: seen } = await session.json('status');
      expect(seen.at(-1)).toMatchObject({ instances: writes - 1, live: writes - 1 });
      expect((await session.json('history')).events[0]).toMatchObject({ revisions: [] });
    },
  );

  test(
    'the next apply finishes it, does nothing twice, and makes the revision',
    { timeout: 60_000 },
    async () => {
      const before = (await rollouts())[0]?.filter((e) => e.kind === 'done').length ?? 0;
      const { exit, events } = await session.json('apply');
      expect(exit).toBe(0);
      // One more step than services: the module.
      expect(events.at(-1)).toMatchObject({
        outcome: 'live',
        instances: services.length,
        live: services.length,
        writes: services.length + 1 - before,
      });
      expect((await session.json('history')).events[0]).toMatchObject({ revisions: [{ number: 1 }] });
      expect((await session.run('verify')).exit).toBe(0);
    },
  );

  test('as text it says how to go on', async () => {
    const stop = new AbortController();
    stop.abort(new Error('interrupted'));
    const { exit, stderr } = await session.run('apply', { stop: stop.signal });
    expect(exit).toBe(130);
    expect(stderr).toMatch(/error\[WC-CLI-130\]: interrupted\nhelp: .*again/);
  });
});

test(
  'killed in the middle: the lock goes with it, and the next apply finishes',
  { timeout: 60_000 },
  async () => {
    await session.write({ 'wasmcast.yaml': manifest.replace('config: one', 'config: killed') });
    const { exit, events } = await runChild(session, 'apply', (event, send) => {
      if (event.type === 'step-done') send('SIGKILL');
    });
    expect(exit).toBeNull();
    expect(events.at(-1)?.type).not.toBe('summary');
    expect((await rollouts()).at(-1)?.some((entry) => entry.kind === 'end')).toBe(false);
    const next = await session.json('apply');
    expect(next.events.at(-1)).toMatchObject({ outcome: 'live', live: services.length });
    expect((await session.json('history')).events[0]).toMatchObject({
      revisions: [{ number: 1 }, { number: 2 }],
    });
  },
);

describe('Ctrl-C before anything is written', () => {
  const building = shop().replace('module: {file: trail.wasm}', 'module: {source: filter}');

  test.each(['SIGINT', 'SIGTERM'] as const)(
    '%s while a filter builds ends it at once',
    { timeout: 60_000 },
    async (signal) => {
      await session.write({
        'build.yaml': building,
        'filter/assembly/index.ts': 'export function proxy_abi_version_0_2_1(): void {}\n',
      });
      const { exit, events } = await runChild(session, 'apply -f build.yaml', (event, send) => {
        if (event.type === 'build') send(signal);
      });
      expect(exit).toBe(130);
      expect(events.slice(-2)).toMatchObject([
        { type: 'error', code: 'WC-CLI-130' },
        { type: 'summary', command: 'apply', exitCode: 130 },
      ]);
    },
  );

  test('build itself', { timeout: 60_000 }, async () => {
    const { exit, events } = await runChild(session, 'build filter', (event, send) => {
      if (event.type === 'build') send('SIGINT');
    });
    expect([exit, events.at(-2)]).toEqual([130, expect.objectContaining({ code: 'WC-CLI-130' })]);
  });
});

test('`run` is ended by Ctrl-C, which is no failure', { timeout: 60_000 }, async () => {
  await using other = await Session.open({ 'wasmcast.yaml': shop() });
  const { exit, events } = await runChild(other, 'run', (event, send) => {
    if (event.type === 'ready') send('SIGINT');
  });
  expect([exit, events.map((e) => e.type)]).toEqual([0, ['mesh', 'ready', 'summary']]);
});

test('a second mesh of the same manifest is refused', async () => {
  const { exit, events } = await session.json('run');
  expect([exit, events[0]]).toEqual([1, expect.objectContaining({ code: 'WC-LOC-002' })]);
});

test('while somebody else rolls out, apply is refused by the lock, which names them; so is remove', async () => {
  const spec = {
    kind: 'local',
    name: 'laptop',
    services: [],
    declaredIn: `${session.folder}/wasmcast.yaml`,
  } as const;
  await using target = connectLocal(spec, socketPathFor(spec, socketEnvironment(session.env)));
  const holder = { owner: 'other@there', since: '2026-01-01T00:00:00Z', nonce: 'abcd' };
  await using _lock = await target.lock.acquire('shop', holder, new AbortController().signal);
  await session.write({ 'wasmcast.yaml': manifest.replace('config: one', 'config: two') });
  for (const command of ['apply', 'remove']) {
    const { exit, events } = await session.json(command);
    expect(exit).toBe(1);
    expect(events.find((e) => e.type === 'error')).toMatchObject({
      code: 'WC-LOCK-001',
      message: expect.stringContaining('other@there'),
      help: expect.stringContaining('wasmcast unlock abcd'),
    });
    expect(events.at(-1)).toMatchObject({ outcome: 'failed', writes: 0 });
  }
  expect((await session.json('unlock abcd')).exit).toBe(0);
  expect((await session.json('apply')).events.at(-1)).toMatchObject({
    outcome: 'live',
    writes: services.length,
  });
});
