import { readFile } from 'node:fs/promises';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { startStrictRegistry } from '@wasmcast/testbed';
import { Session, type SessionMesh } from './support/session.ts';
import { shop, trailModule } from './support/shop.ts';

type Registry = Awaited<ReturnType<typeof startStrictRegistry>>;

let stack: AsyncDisposableStack;
let session: Session;
let registry: Registry;

/** The module with a custom section behind it: another digest, the same filter. */
async function variant(byte: number): Promise<Uint8Array> {
  return Buffer.concat([await trailModule(), Buffer.from([0, 3, 1, 0x61, byte])]);
}

function fromImage(tag = '1'): string {
  return shop().replace('{file: trail.wasm}', `{image: "${registry.host}/trail:${tag}"}`);
}

/** Digests of the module in the first chain that a plan expects, and the codes of its remarks. */
async function planned(flags = ''): Promise<{ exit: number; module?: string; codes: readonly string[] }> {
  const { exit, stdout } = await session.run(`plan -o json${flags}`);
  const lines = stdout.startsWith('{\n') ? undefined : stdout.trim().split('\n');
  if (lines !== undefined) {
    const events = lines.map((line) => JSON.parse(line) as { code?: string });
    return { exit, codes: events.flatMap((e) => e.code ?? []) };
  }
  const plan = JSON.parse(stdout) as {
    readonly warnings: readonly { readonly code: string }[];
    readonly targets: readonly {
      readonly expected: readonly { readonly filters: readonly { readonly moduleDigest: string }[] }[];
    }[];
  };
  const module = plan.targets[0]?.expected[0]?.filters[0]?.moduleDigest;
  return { exit, codes: plan.warnings.map((w) => w.code), ...(module !== undefined && { module }) };
}

async function push(bytes: Uint8Array, tag = '1'): Promise<string> {
  await session.write({ 'm.wasm': bytes });
  const { events } = await session.json(`push ${registry.host}/trail:${tag} m.wasm`);
  return events.find((e) => e.type === 'image')?.['moduleDigest'] as string;
}

beforeEach(async () => {
  stack = new AsyncDisposableStack();
  session = stack.use(await Session.open());
  registry = stack.use(await startStrictRegistry());
});
afterEach(() => stack.disposeAsync());

async function mesh(manifest: string): Promise<SessionMesh> {
  await session.write({ 'wasmcast.yaml': manifest });
  return stack.use(await session.mesh());
}

describe('a fleet from images', () => {
  test('stays with what was locked when the tag moves, until it is updated', async () => {
    const one = await push(await variant(1));
    await mesh(fromImage());
    expect(await planned()).toEqual({ exit: 0, module: one, codes: [] });
    const written = await session.run('update');
    expect([written.exit, written.stdout]).toEqual([
      0,
      expect.stringMatching(/^\+ trail {2}127[^]*wasmcast\.lock: 1 filter changed\n$/),
    ]);

    const two = await push(await variant(2));
    expect(await planned()).toEqual({ exit: 0, module: one, codes: ['WC-LKF-005'] });
    expect(await planned(' --locked')).toEqual({ exit: 0, module: one, codes: [] });

    const before = await readFile(`${session.folder}/wasmcast.lock`, 'utf8');
    const dry = await session.run('update --dry-run');
    expect(dry.stdout).toMatch(new RegExp(`module: ${one.slice(0, 16)} -> ${two.slice(0, 16)}`));
    expect(await readFile(`${session.folder}/wasmcast.lock`, 'utf8')).toBe(before);
    const { events } = await session.json('update trail');
    expect(events.find((e) => e.type === 'lock')).toMatchObject({
      written: true,
      changes: [{ kind: 'changed', filter: 'trail' }],
    });
    expect(await planned(' --locked')).toEqual({ exit: 0, module: two, codes: [] });
    expect((await session.run('update')).stdout).toBe('wasmcast.lock: every filter is as locked\n');
  });

  test('that names another image than the lock is refused with --locked', async () => {
    await push(await variant(1));
    const two = await push(await variant(2), '2');
    await mesh(fromImage());
    await session.run('update');
    await session.write({ 'wasmcast.yaml': fromImage('2') });
    expect(await planned()).toEqual({ exit: 0, module: two, codes: ['WC-LKF-003'] });
    expect(await planned(' --locked')).toEqual({ exit: 65, codes: ['WC-LKF-003'] });
  });

  test('an image that holds another module than the lock says is refused in any case', async () => {
    const one = await push(await variant(1));
    await mesh(fromImage());
    await session.run('update');
    const text = await readFile(`${session.folder}/wasmcast.lock`, 'utf8');
    await session.write({ 'wasmcast.lock': text.replace(one, '0'.repeat(64)) });
    expect(await planned()).toEqual({ exit: 65, codes: ['WC-LKF-004'] });
  });
});

test('a module that was built anew is told, and refused with --locked', async () => {
  await session.write({ 'trail.wasm': await variant(1) });
  await mesh(shop());
  await session.run('update');
  expect((await planned(' --locked')).codes).toEqual([]);
  await session.write({ 'trail.wasm': await variant(2) });
  expect((await planned()).codes).toEqual(['WC-LKF-006']);
  expect(await planned(' --locked')).toEqual({ exit: 65, codes: ['WC-LKF-006'] });
});

test('no lock, or what is none: only what loads filters is stopped', async () => {
  await session.write({ 'trail.wasm': await variant(1) });
  await mesh(shop());
  expect(await planned(' --locked')).toEqual({ exit: 65, codes: ['WC-LKF-001'] });
  await session.write({ 'wasmcast.lock': 'not a lock' });
  expect(await planned()).toEqual({ exit: 65, codes: ['WC-LKF-001'] });
  expect((await session.run('history')).exit).toBe(0);
  expect((await session.json('update nobody')).exit).toBe(65);
  await session.write({ 'wasmcast.lock': '{"version":1,"fleet":"other","filters":{}}' });
  expect((await session.json('update')).exit).toBe(65);
});
