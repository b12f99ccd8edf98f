import { readFile, rm } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Session, type SessionMesh } from './support/session.ts';
import { shop, trailModule } from './support/shop.ts';

/** One user, one mesh, one story: each test goes on where the one before ended. */
describe('a fleet on the embedded mesh', () => {
  let session: Session;
  let mesh: SessionMesh;

  beforeAll(async () => {
    session = await Session.open({ 'wasmcast.yaml': shop(), 'trail.wasm': await trailModule() });
    mesh = await session.mesh();
  }, 60_000);
  afterAll(async () => {
    await mesh[Symbol.asyncDispose]();
    await session[Symbol.asyncDispose]();
  });

  const trail = async (): Promise<(string | null)[]> =>
    await Promise.all(
      ['cart', 'stock'].map(async (name) => (await fetch(mesh.url(name))).headers.get('x-trail')),
    );

  test('before anything is applied nothing is installed, and verify says that it is not live', async () => {
    expect(await session.run('status')).toMatchObject({
      exit: 0,
      stdout: expect.stringContaining('on no instance'),
    });
    const { exit, events } = await session.json('verify');
    expect(exit).toBe(5);
    expect(events.at(-1)).toMatchObject({ command: 'verify', fleet: 'shop', instances: 2, live: 0 });
    expect((await session.run('history')).stdout).toContain('no revision of fleet shop on laptop');
  });

  test('plan shows what changes on stdout, and changes nothing', async () => {
    const { exit, stdout, stderr } = await session.run('plan');
    expect(exit).toBe(0);
    expect(stdout).toMatch(/\+ {2}trail {2}install {2}inbound {2}module [0-9a-f]{16}/);
    expect(stdout).toContain('Plan: 2 to install; 3 writes; no instance restarts.');
    expect(stderr).toContain('preflight trail: accepted');
    expect(await trail()).toEqual([null, null]);
    expect((await session.run('plan --detailed-exitcode')).exit).toBe(2);
  });

  test('plan as JSON is the plan and nothing else, and can be saved and applied', async () => {
    const { exit, stdout } = await session.run('plan -o json --detailed-exitcode');
    expect(exit).toBe(2);
    const plan = JSON.parse(stdout) as { schema: string; targets: { steps: unknown[] }[] };
    expect(plan.schema).toBe('wasmcast.dev/plan/v1');
    expect(plan.targets[0]?.steps).toHaveLength(3);
    await session.write({ 'plan.json': stdout });
    const applied = await session.json('apply plan.json');
    expect(applied.exit).toBe(0);
    expect(applied.events.at(-1)).toMatchObject({ outcome: 'live', instances: 2, live: 2, writes: 3 });
    expect(await trail()).toEqual(['a:one', 'a:one']);
  });

  test('a plan from before the world moved is refused', async () => {
    const { exit, events } = await session.json('apply plan.json');
    expect(exit).toBe(1);
    expect(events).toMatchObject([
      {
        type: 'error',
        code: 'WC-PLAN-010',
        message: expect.stringContaining('laptop/shop/LocalService/cart'),
      },
      { type: 'summary', command: 'apply' },
    ]);
  });

  test('apply again writes nothing', async () => {
    const { exit, stdout, stderr } = await session.run('apply');
    expect([exit, stdout]).toEqual([
      0,
      'live: fleet shop on laptop, 2 instances of 2 seen as wanted; nothing was written; revision 1\n',
    ]);
    expect(stderr).not.toContain('done');
    expect((await session.run('plan --detailed-exitcode')).exit).toBe(0);
  });

  test('status and verify name every instance with what it runs', async () => {
    const { exit, stdout } = await session.run('status');
    expect(exit).toBe(0);
    expect(stdout).toMatch(/shop\/LocalService\/cart +cart +trail +[0-9a-f]{16} +live\n/);
    expect(stdout).toContain('2 of 2 instances live');
    const { events } = await session.json('verify');
    expect(events.filter((e) => e.type === 'instance')).toHaveLength(2);
    expect(events.at(-1)).toMatchObject({ exitCode: 0, instances: 2, live: 2 });
  });

  test('a manifest that was changed and not applied is not live: verify 5, status 0', async () => {
    await session.write({ 'wasmcast.yaml': shop('two') });
    const verified = await session.run('verify');
    expect(verified.exit).toBe(5);
    expect(verified.stdout).toMatch(/cart +trail .* wrong-config/);
    expect((await session.run('status')).exit).toBe(0);
  });

  test('apply tells each step and instance on stderr, the result on stdout', async () => {
    const { exit, stdout, stderr } = await session.run('apply');
    expect([exit, stdout]).toEqual([
      0,
      'live: fleet shop on laptop, 2 instances of 2 seen as wanted; revision 2\n',
    ]);
    expect(stderr).toContain('~  trail  reconfigure  inbound  config one -> two');
    expect(stderr.match(/ {2}done {4}/g)).toHaveLength(2);
    expect(stderr).toContain('live    laptop/shop/LocalService/cart/cart  trail');
    expect(await trail()).toEqual(['a:two', 'a:two']);
  });

  test('a configuration that the filter refuses changes nothing; its log lines say why', async () => {
    await session.write({ 'bad.yaml': shop('please-refuse') });
    const { exit, stdout, stderr } = await session.run('apply -f bad.yaml');
    expect([exit, stdout]).toEqual([65, '']);
    expect(stderr).toContain('error[WC-PRE-001]: filter trail refuses its configuration');
    expect(stderr).toContain(' --> bad.yaml:5:');
    expect(stderr).toContain('error: this configuration is not for me');
    expect(stderr).toContain('refused: one fault, nothing was written');
    expect(await trail()).toEqual(['a:two', 'a:two']);
    const { events } = await session.json('apply -f bad.yaml');
    expect(events.find((e) => e.type === 'diagnostic')).toMatchObject({
      code: 'WC-PRE-001',
      detail: expect.arrayContaining(['error: this configuration is not for me']),
    });
    expect(events.at(-1)).toMatchObject({ command: 'apply', exitCode: 65 });
  });

  test('a refused plan as JSON is no plan: what refuses it, and the summary', async () => {
    const { exit, stdout } = await session.run('plan -f bad.yaml -o json');
    expect(exit).toBe(65);
    const types = stdout
      .trim()
      .split('\n')
      .map((line) => (JSON.parse(line) as { type: string }).type);
    expect(types).toEqual(['diagnostic', 'summary']);
  });

  test('history lists the revisions', async () => {
    const { stdout } = await session.run('history');
    expect(stdout).toMatch(
      /^target laptop\n1 {2}\S+ {2}me@here {2}apply {2}1 filter on 2 chains {2}2 install\n2 {2}.* {2}2 reconfigure\n$/,
    );
    const { events } = await session.json('history');
    expect(events[0]).toMatchObject({
      type: 'history',
      target: 'laptop',
      revisions: [{ number: 1 }, { number: 2 }],
    });
  });

  test('rollback shows its plan with --dry-run, and goes back', async () => {
    const dry = await session.run('rollback --dry-run');
    expect([dry.exit, dry.stdout]).toEqual([0, expect.stringContaining('config two -> one')]);
    expect(await trail()).toEqual(['a:two', 'a:two']);
    const { exit, stdout } = await session.run('rollback');
    expect([exit, stdout]).toEqual([0, expect.stringContaining('revision 3')]);
    expect(await trail()).toEqual(['a:one', 'a:one']);
  });

  test('rollback to a number, without the module at hand; one that is not there is refused', async () => {
    await rm(path.join(session.folder, 'trail.wasm'));
    expect((await session.run('rollback 2')).exit).toBe(0);
    expect(await trail()).toEqual(['a:two', 'a:two']);
    await session.write({ 'trail.wasm': await trailModule() });
    const { exit, events } = await session.json('rollback 77');
    expect(exit).toBe(1);
    expect(events[0]).toMatchObject({ code: 'WC-ROLL-001', help: expect.stringContaining('1, 2, 3, 4') });
    expect((await session.json('rollback latest')).events[0]).toMatchObject({
      code: 'WC-CLI-021',
      exitCode: 64,
    });
  });

  test('a saved plan that was tampered with, is none, or is for another fleet is refused with 65', async () => {
    await session.write({ 'wasmcast.yaml': shop('three') });
    const { stdout } = await session.run('plan -o json');
    const plan = JSON.parse(stdout) as Record<string, unknown>;
    await session.write({
      'tampered.json': stdout.replaceAll('three', 'threE'),
      'torn.json': stdout.slice(0, -100),
      'other.json': '{"schema": "wasmcast.dev/plan/v1"}',
      'plan.json': stdout,
      'other.yaml': shop('three').replace('name: shop}', 'name: bakery}'),
      'elsewhere.yaml': shop('three').replaceAll('laptop', 'desktop'),
      'extra.json': JSON.stringify({ ...plan, note: 'hello' }),
    });
    const codes: unknown[] = [];
    for (const args of [
      'tampered.json',
      'torn.json',
      'other.json',
      'extra.json',
      'nowhere.json',
      'plan.json -f other.yaml',
      'plan.json -f elsewhere.yaml',
    ]) {
      const { exit, events } = await session.json(`apply ${args}`);
      codes.push([exit, events[0]?.['code']]);
    }
    expect(codes).toEqual([
      [65, 'WC-PLAN-015'],
      [65, 'WC-PLAN-013'],
      [65, 'WC-PLAN-013'],
      [65, 'WC-PLAN-015'],
      [65, 'WC-PLAN-012'],
      [65, 'WC-PLAN-014'],
      [65, 'WC-PLAN-011'],
    ]);
    expect(await trail()).toEqual(['a:two', 'a:two']);
  });

  test('render answers, though an embedded mesh has no objects', async () => {
    const remark = 'nothing to render: an embedded mesh (laptop) has no objects\n';
    expect(await session.run('render')).toEqual({
      exit: 0,
      stdout: '',
      stderr: expect.stringContaining(remark),
    });
    const { exit, events } = await session.json('render');
    expect([exit, events.at(-2)]).toEqual([0, expect.objectContaining({ type: 'objects', objects: [] })]);
  });

  test('the manifest may come on stdin, or be a folder; --target narrows it', async () => {
    const stdin = shop('four');
    const applied = await session.json('apply -f - --target laptop', { stdin });
    expect(applied.events.at(-1)).toMatchObject({ outcome: 'live', writes: 2 });
    await session.write({ 'folder/a.yaml': shop('four'), 'folder/trail.wasm': await trailModule() });
    // Another folder is another mesh, which nobody runs.
    expect((await session.json('status -f folder')).events[0]).toMatchObject({ code: 'WC-LOC-001' });
    const { events } = await session.json('status --target moon');
    expect(events[0]).toMatchObject({ code: 'WC-CLI-020', exitCode: 64, help: 'its targets are: laptop' });
  });

  test('unlock with a nonce that nobody has is refused', async () => {
    const { exit, events } = await session.json('unlock 0000');
    expect([exit, events[0]]).toEqual([1, expect.objectContaining({ code: 'WC-LOCK-003' })]);
  });

  test('remove shows its plan with --dry-run, then takes everything out, history too', async () => {
    const dry = await session.run('remove --dry-run');
    expect([dry.exit, dry.stdout]).toEqual([0, expect.stringContaining('2 to remove')]);
    const { exit, stdout } = await session.run('remove');
    expect([exit, stdout]).toEqual([
      0,
      'removed: fleet shop on laptop; 2 instances run nothing of it any more\n',
    ]);
    expect(await trail()).toEqual([null, null]);
    expect((await session.run('history')).stdout).toContain('no revision');
    expect(await session.run('remove')).toMatchObject({
      exit: 0,
      stdout: 'nothing to remove: fleet shop on laptop; it is on no instance\n',
    });
  });

  test('the journal tells each rollout from its beginning to its end', async () => {
    const text = await readFile(
      path.join(session.folder, 'state/wasmcast/journal/laptop/shop.jsonl'),
      'utf8',
    );
    const entries = text
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Record<string, string>);
    const rollouts = Map.groupBy(entries, (entry) => entry['rollout']);
    expect(rollouts.size).toBe(6);
    for (const list of rollouts.values()) {
      expect([list[0]?.['kind'], list.at(-1)?.['kind'], list.at(-1)?.['outcome']]).toEqual([
        'begin',
        'end',
        'live',
      ]);
      const count = (kind: string): number => list.filter((entry) => entry['kind'] === kind).length;
      expect(count('done')).toBe(count('intent'));
    }
  });
});
