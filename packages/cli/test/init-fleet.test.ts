import { readFile, symlink, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { expect, test } from 'vitest';
import { Session } from './support/session.ts';
import { trailModule } from './support/shop.ts';

test('a first manifest has what is in the folder, and is rolled out', { timeout: 120_000 }, async () => {
  await using session = await Session.open({ '1e3.wasm': await trailModule(), 'notes/index.ts': '' });
  await symlink(path.resolve(import.meta.dirname, '../../../node_modules'), `${session.folder}/node_modules`);
  await session.run('init hello');
  const { exit, stdout } = await session.run('init --fleet first');
  expect([exit, stdout.split('\n')[0]]).toEqual([0, 'made wasmcast.yaml with 1e3, hello']);

  const file = `${session.folder}/wasmcast.yaml`;
  const text = await readFile(file, 'utf8');
  const again = await session.json('init --fleet other');
  expect([again.exit, again.events[0]]).toEqual([64, expect.objectContaining({ code: 'WC-CLI-036' })]);
  expect(await readFile(file, 'utf8')).toBe(text);

  // The port may be somebody else's on this machine.
  await writeFile(file, text.replace('port: 8001', 'port: 0'));
  await using mesh = await session.mesh();
  const applied = await session.json('apply');
  expect([applied.exit, applied.events.filter(({ type }) => type === 'diagnostic')]).toEqual([0, []]);
  const { headers } = await fetch(mesh.url('web'));
  expect([headers.get('x-trail'), headers.get('x-greeting')]).toEqual(['a:', 'hello']);
});

test('without a filter, or by a name that no fleet can have, nothing is written', async () => {
  await using session = await Session.open();
  const empty = await session.json('init --fleet first');
  expect([empty.exit, empty.events[0]]).toEqual([64, expect.objectContaining({ code: 'WC-CLI-035' })]);
  const named = await session.json('init --fleet First');
  expect([named.exit, named.events[0]]).toEqual([64, expect.objectContaining({ code: 'WC-CLI-034' })]);
  const both = await session.run('init --fleet first --template jwt');
  expect([both.exit, both.stderr]).toEqual([64, expect.stringContaining('cannot be used with')]);
});
