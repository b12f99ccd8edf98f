import { execFileSync } from 'node:child_process';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Session, type SessionMesh } from './support/session.ts';
import { shop, trailModule } from './support/shop.ts';

/** The manifest stands in a checkout of its own, below the folder in which the commands are run. */
describe('what was made live, when, by whom and from what', () => {
  let session: Session;
  let mesh: SessionMesh;
  const commits: string[] = [];

  const git = (...args: readonly string[]): string =>
    execFileSync('git', ['-c', 'user.name=me', '-c', 'user.email=me@here', ...args], {
      cwd: path.join(session.folder, 'deploy'),
      encoding: 'utf8',
    });
  const commit = async (config: string): Promise<void> => {
    await session.write({ 'deploy/wasmcast.yaml': shop(config) });
    git('add', '.');
    git('commit', '-qm', 'a change');
    commits.push(git('rev-parse', '--short=12', 'HEAD').trim());
    expect((await session.run('apply -f deploy')).exit).toBe(0);
  };

  beforeAll(async () => {
    session = await Session.open({
      'deploy/wasmcast.yaml': shop(),
      'deploy/trail.wasm': await trailModule(),
    });
    mesh = await session.mesh(' -f deploy');
    git('init', '-q');
    await commit('{level: 1, header: x-trail}');
    await commit('{level: 2, header: x-trail}');
  }, 60_000);
  afterAll(async () => {
    await mesh[Symbol.asyncDispose]();
    await session[Symbol.asyncDispose]();
  });

  test('is told of each revision, with the commit of its manifest', async () => {
    const [first, second] = commits;
    const { stdout } = await session.run('history -f deploy');
    expect(stdout.split('\n').slice(1, 3)).toEqual([
      expect.stringMatching(
        new RegExp(
          `^1 {2}20\\S+Z {2}me@here {2}apply {2}1 filter on 2 chains {2}2 install {6}from ${first}$`,
        ),
      ),
      expect.stringMatching(
        new RegExp(` {2}apply {2}1 filter on 2 chains {2}2 reconfigure {2}from ${second}$`),
      ),
    ]);
    const { events } = await session.json('history -f deploy');
    expect(events[0]).toMatchObject({
      revisions: [
        { number: 1, by: 'me@here', cause: 'apply', source: first, changed: { install: 2 } },
        { number: 2, source: second, changed: { reconfigure: 2 } },
      ],
    });
  });

  test('a manifest with changes that are not committed is marked', async () => {
    await session.write({ 'deploy/wasmcast.yaml': shop('{level: 3}') });
    expect((await session.run('apply -f deploy')).exit).toBe(0);
    expect((await session.run('history -f deploy')).stdout).toMatch(
      new RegExp(` {2}2 reconfigure {2}from ${commits[1]}\\+\n$`),
    );
  });

  test('two revisions differ by what is said of each filter', async () => {
    const { exit, stdout } = await session.run('diff -f deploy');
    expect([exit, stdout]).toEqual([
      0,
      expect.stringMatching(
        new RegExp(
          [
            '^target laptop',
            `--- revision 2 \\(apply by me@here at 20\\S+Z, from ${commits[1]}\\)`,
            `\\+\\+\\+ revision 3 \\(apply by me@here at 20\\S+Z, from ${commits[1]}\\+\\)`,
            '  shop/LocalService/cart',
            '    ~  trail  reconfigure  inbound  config.header "x-trail" -> none, config.level 2 -> 3',
            '  shop/LocalService/stock\n',
          ].join('\\n'),
        ),
      ),
    ]);
    expect((await session.run('diff 1 2 -f deploy')).stdout).toContain('config.level 1 -> 2\n');
    const { events } = await session.json('diff 1 -f deploy');
    expect(events[0]).toMatchObject({
      type: 'diff',
      target: 'laptop',
      from: 1,
      to: 3,
      actions: [
        { kind: 'reconfigure', workload: 'laptop/shop/LocalService/cart' },
        { kind: 'reconfigure', workload: 'laptop/shop/LocalService/stock' },
      ],
    });
    expect((await session.run('diff 2 2 -f deploy')).stdout).toContain('  the same is live\n');
  });

  test('one that is not there, or is no number, is refused', async () => {
    expect((await session.json('diff 7 -f deploy')).events[0]).toMatchObject({
      code: 'WC-ROLL-001',
      help: 'it has: 1, 2, 3',
      exitCode: 1,
    });
    expect((await session.json('diff HEAD -f deploy')).events[0]).toMatchObject({ code: 'WC-CLI-021' });
  });
});
