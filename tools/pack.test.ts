import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import process from 'node:process';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { packAll } from './pack.ts';

const run = promisify(execFile);

/** An empty folder outside the checkout, in which the packed packages and nothing else are installed. */
let folder = '';
const env: NodeJS.ProcessEnv = { ...process.env, NO_COLOR: '1' };
// Without the checkout's node_modules/.bin, which `npm test` puts on the path.
env['PATH'] = (process.env['PATH'] ?? '')
  .split(':')
  .filter((dir) => !dir.includes('node_modules'))
  .join(':');
const wasmcast = (args: readonly string[], cwd: string) =>
  run(process.execPath, [path.join(folder, 'node_modules/wasmcast/bin/wasmcast.js'), ...args], { cwd, env });

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'wasmcast-packed-'));
  const tarballs = await packAll(path.join(folder, 'tarballs'));
  await writeFile(path.join(folder, 'package.json'), '{"private": true}');
  await run('npm', ['install', '--no-audit', '--no-fund', '--ignore-scripts', ...tarballs], {
    cwd: folder,
    env,
  });
}, 300_000);

const filesBelow = async (below: string): Promise<string[]> =>
  (await readdir(below, { recursive: true, withFileTypes: true }))
    .filter((entry) => entry.isFile())
    .map((entry) => path.join(entry.parentPath, entry.name));

afterAll(() => rm(folder, { recursive: true, force: true }));

test('what is published is JavaScript and has no path into this checkout', async () => {
  const modules = path.join(folder, 'node_modules');
  const all = await Promise.all(
    ['@wasmcast', 'wasmcast'].map((name) => filesBelow(path.join(modules, name))),
  );
  const files = all.flat().map((file) => path.relative(modules, file));
  const own = files.filter((file) => !/\/sdk\/assembly\/|\/templates\//.test(file));
  expect(own.filter((file) => file.endsWith('.ts') && !file.endsWith('.d.ts'))).toEqual([]);
  const texts = await Promise.all(
    own
      .filter((name) => /\.(js|json|txt)$/.test(name))
      .map(async (file) => ({ file, text: await readFile(path.join(modules, file), 'utf8') })),
  );
  const checkout = path.resolve(import.meta.dirname, '..');
  expect(texts.filter(({ text }) => text.includes(checkout)).map(({ file }) => file)).toEqual([]);
});

test('the command is a bundle: it brings the licences of what is in it, and installs no more than filters need', async () => {
  const installed = path.join(folder, 'node_modules/wasmcast');
  const { dependencies } = JSON.parse(await readFile(path.join(installed, 'package.json'), 'utf8')) as {
    dependencies: object;
  };
  expect(Object.keys(dependencies)).toEqual(['@wasmcast/sdk', 'assemblyscript']);
  const notices = await readFile(path.join(installed, 'THIRD-PARTY-NOTICES.txt'), 'utf8');
  for (const name of ['commander', 'yaml', 'zod', 'undici', '@sigstore/verify', '@kubernetes/client-node'])
    expect(notices).toContain(`--- ${name} `);
});

test('init, build, test and check work with nothing but what was installed', async () => {
  const work = path.join(folder, 'work');
  await mkdir(work);
  await wasmcast(['init', 'my-filter'], work);
  const project = path.join(work, 'my-filter');
  const built = await wasmcast(['build'], project);
  expect(built.stdout).toBe('build/filter.wasm\n');
  const checked = await wasmcast(['check', 'build/filter.wasm', '-o', 'json'], project);
  expect(JSON.parse(checked.stdout.split('\n')[0] ?? '')).toMatchObject({
    type: 'module',
    ok: true,
    facts: { abi: '0.2.1' },
    cost: { memoryBytes: expect.any(Number) },
  });
  const tested = await wasmcast(['test'], project);
  expect(tested.stdout).toMatch(/pass [1-9]/);
}, 120_000);
