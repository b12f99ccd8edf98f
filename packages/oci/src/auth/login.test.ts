import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startStrictRegistry } from '@wasmcast/testbed';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { checkLogin, dockerCredentials, parseRegistry, removeLogin, storeLogin } from '../index.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'login-'));
});
afterEach(() => rm(folder, { recursive: true }));

const jane = { registry: 'registry.example:5000', username: 'jane', password: 'correct horse' };

describe('a login', () => {
  test('is kept where docker keeps it, for its owner alone, beside what was there', async () => {
    const env = { DOCKER_CONFIG: folder };
    const file = join(folder, 'config.json');
    await writeFile(file, JSON.stringify({ HttpHeaders: { a: 'b' }, auths: { other: { auth: 'x' } } }));
    expect(await storeLogin(jane, { env })).toBe(file);
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    expect(JSON.parse(await readFile(file, 'utf8'))).toMatchObject({
      HttpHeaders: { a: 'b' },
      auths: { other: { auth: 'x' } },
    });
    const find = dockerCredentials({ env, home: folder });
    expect(await find(jane.registry, 'a/b', undefined)).toEqual({
      kind: 'basic',
      username: 'jane',
      password: 'correct horse',
    });
    expect(await removeLogin(jane.registry, { env })).toBe(true);
    expect(await find(jane.registry, 'a/b', undefined)).toEqual({ kind: 'anonymous' });
    expect(await removeLogin(jane.registry, { env })).toBe(false);
    expect(JSON.parse(await readFile(file, 'utf8'))).toMatchObject({ auths: { other: { auth: 'x' } } });
  });

  test("goes to podman's file where that is named, and to the helper that the file names", async () => {
    const authFile = join(folder, 'deep', 'auth.json');
    expect(await storeLogin(jane, { env: { REGISTRY_AUTH_FILE: authFile } })).toBe(authFile);

    const helper = join(folder, 'docker-credential-note');
    const script = `#!/bin/sh\nprintf '%s ' "$1" >> "${folder}/seen"; cat >> "${folder}/seen"; echo >> "${folder}/seen"\n`;
    await writeFile(helper, script, { mode: 0o755 });
    await writeFile(join(folder, 'config.json'), JSON.stringify({ credsStore: 'note' }));
    const env = { DOCKER_CONFIG: folder, PATH: `${folder}:${process.env['PATH']}` };
    expect(await storeLogin(jane, { env })).toBe('docker-credential-note');
    expect(await removeLogin(jane.registry, { env })).toBe(true);
    const [stored = '', erased] = (await readFile(join(folder, 'seen'), 'utf8')).split('\n').filter(Boolean);
    expect(JSON.parse(stored.replace('store ', ''))).toEqual({
      ServerURL: jane.registry,
      Username: 'jane',
      Secret: 'correct horse',
    });
    expect(erased).toBe(`erase ${jane.registry}`);
    expect(await readFile(join(folder, 'config.json'), 'utf8')).not.toContain('horse');
  });

  test('is tried first: taken, refused, or not asked for', async () => {
    const users = { jane: { password: 'correct horse', rights: {} } };
    await using registry = await startStrictRegistry({ users });
    const login = { ...jane, registry: registry.host };
    expect(await checkLogin(login)).toBe(true);
    await expect(checkLogin({ ...login, password: 'wrong' })).rejects.toMatchObject({ kind: 'unauthorized' });
    await using open = await startStrictRegistry();
    expect(await checkLogin({ ...login, registry: open.host })).toBe(false);
  });

  test.each([
    ['registry.example', 'registry.example'],
    ['https://registry.example:5000/', 'registry.example:5000'],
    ['https://index.docker.io/v1/', 'docker.io'],
    ['docker.io', 'docker.io'],
    ['localhost', 'localhost'],
  ])('%s is the registry %s', (text, registry) => {
    expect(parseRegistry(text)).toBe(registry);
  });

  test.each(['', 'team/filter', 'registry.example/team'])('%j is no registry', (text) => {
    expect(() => parseRegistry(text)).toThrow(expect.objectContaining({ kind: 'reference' }));
  });
});
