import assert from 'node:assert/strict';
import { readFile, readdir, symlink } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { requireComponent, skipNote } from '@wasmcast/testbed';
import { templates } from '../src/commands/templates.ts';
import { largestSize, writeSizes } from './support/sizes.ts';
import { Session } from './support/session.ts';
import { checkInEnvoy } from './support/template-checks.ts';

const root = path.resolve(import.meta.dirname, '../../..');
const names = Object.keys(templates);
const missing = await requireComponent('envoy');

describe('the templates of init', () => {
  let session: Session;
  const modules = new Map<string, Uint8Array>();
  beforeAll(async () => {
    session = await Session.open();
    await symlink(path.join(root, 'node_modules'), `${session.folder}/node_modules`);
  });
  afterAll(async () => {
    await writeSizes(modules);
    await session[Symbol.asyncDispose]();
  });

  test('are the folders that there are', async () => {
    const folders = await readdir(path.join(root, 'packages/cli/templates'));
    expect(folders.toSorted()).toEqual([...names, 'shared'].toSorted());
  });

  test('another is refused, with the list', async () => {
    const { exit, events } = await session.json('init x --template nonsense');
    expect([exit, events[0]]).toEqual([64, expect.objectContaining({ code: 'WC-CLI-032' })]);
    expect(JSON.stringify(events[0])).toContain('rate-limit');
  });

  test.each(names)('%s: builds, and its tests pass', { timeout: 120_000 }, async (name) => {
    expect((await session.run(`init ${name} --template ${name}`)).exit).toBe(0);
    const { exit, stdout, stderr } = await session.run(`test ${name}`);
    expect([exit, stderr], stdout).toEqual([0, expect.not.stringMatching(/warning/)]);
    expect(stdout).toMatch(/pass [2-9]\n/);
    expect(await readdir(`${session.folder}/${name}/test`)).toEqual(['filter.test.ts', 'filter.test.yaml']);
    const readme = await readFile(`${session.folder}/${name}/README.md`, 'utf8');
    expect(readme).toMatch(new RegExp(`^# ${name}\n\n`));
    expect(readme.split('\n').length).toBeLessThanOrEqual(15);
    const wasm = await readFile(`${session.folder}/${name}/build/filter.wasm`);
    modules.set(name, wasm);
    expect(wasm.length, 'larger by more than 5 %').toBeLessThanOrEqual(largestSize(name));
  });

  describe.skipIf(missing !== undefined)(`in a real Envoy${skipNote(missing)}`, () => {
    test.each(names)('%s', async (name) => {
      const wasm = modules.get(name);
      assert(wasm !== undefined, 'its build has failed');
      await checkInEnvoy(name, wasm);
    });
  });
});
