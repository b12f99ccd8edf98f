import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { parseChallenges } from './challenge.ts';
import { dockerCredentials } from './docker-config.ts';
import { isKin } from './token-server.ts';

const home = mkdtempSync(join(tmpdir(), 'oci-auth-'));
afterAll(() => rmSync(home, { recursive: true }));

const basic = (pair: string) => ({ auth: Buffer.from(pair).toString('base64') });
const jane = { kind: 'basic', username: 'jane', password: 'pass:word' };

/** Writes files below a new home; helpers are shell scripts. */
function setUp(files: Readonly<Record<string, unknown>>, helpers: Readonly<Record<string, string>> = {}) {
  const root = mkdtempSync(join(home, 'h-'));
  for (const [name, content] of Object.entries(files)) {
    const path = join(root, name);
    mkdirSync(join(path, '..'), { recursive: true });
    writeFileSync(path, typeof content === 'string' ? content : JSON.stringify(content));
  }
  for (const [name, script] of Object.entries(helpers)) {
    const path = join(root, `docker-credential-${name}`);
    writeFileSync(path, `#!/bin/sh\n${script}\n`);
    chmodSync(path, 0o755);
  }
  const env: NodeJS.ProcessEnv = { PATH: `${root}${delimiter}/usr/bin${delimiter}/bin` };
  const ask = (registry: string, repository = 'a/b', more: NodeJS.ProcessEnv = {}, timeoutMs = 5000) =>
    dockerCredentials({ env: { ...env, ...more }, home: root, timeoutMs })(registry, repository, undefined);
  return { root, ask };
}

describe('credentials in files', () => {
  test('of docker, by host, by URL, and for Docker Hub', async () => {
    const { ask } = setUp({
      '.docker/config.json': {
        auths: {
          'r.example:5000': basic('jane:pass:word'),
          'https://old.example/v1/': basic('jane:pass:word'),
          'https://index.docker.io/v1/': { identitytoken: 'refresh' },
        },
      },
    });
    expect(await ask('r.example:5000')).toEqual(jane);
    expect(await ask('old.example')).toEqual(jane);
    expect(await ask('docker.io')).toEqual({ kind: 'identity-token', token: 'refresh' });
    for (const other of ['r.example', 'r.example:5001', 'evil.example', '__proto__', 'constructor']) {
      expect(await ask(other)).toEqual({ kind: 'anonymous' });
    }
  });

  test('of Podman, where the longest path wins and REGISTRY_AUTH_FILE comes first', async () => {
    const auths = {
      'r.example': basic('all:x'),
      'r.example/team': basic('team:x'),
      'r.example/team/f': basic('f:x'),
    };
    const { root, ask } = setUp({
      '.config/containers/auth.json': { auths },
      'other.json': { auths: { 'r.example': basic('other:x') } },
    });
    expect(await ask('r.example', 'team/f')).toMatchObject({ username: 'f' });
    expect(await ask('r.example', 'team/g')).toMatchObject({ username: 'team' });
    expect(await ask('r.example', 'teams/f')).toMatchObject({ username: 'all' });
    const more = { REGISTRY_AUTH_FILE: join(root, 'other.json') };
    expect(await ask('r.example', 'team/f', more)).toMatchObject({ username: 'other' });
  });

  test('that cannot be read say so without quoting their content', async () => {
    for (const text of ['{"auths": {"r.example": "s3cret', '[]', '"s3cret"']) {
      const { ask } = setUp({ '.docker/config.json': text });
      const error: unknown = await ask('r.example').catch((reason: unknown) => reason);
      expect(error).toMatchObject({ code: 'WC-OCI-021' });
      expect(JSON.stringify(error, Object.getOwnPropertyNames(error))).not.toContain('s3cret');
    }
  });
});

describe('credential helpers', () => {
  const answer = `read server; printf '{"ServerURL":"%s","Username":"jane","Secret":"of %s"}' "$server" "$server"`;

  test('are asked for the registry on stdin', async () => {
    const { ask } = setUp(
      { '.docker/config.json': { credHelpers: { 'r.example': 'one' }, credsStore: 'two' } },
      { one: answer, two: `read server; printf '{"Username":"<token>","Secret":"%s"}' "$server"` },
    );
    expect(await ask('r.example')).toEqual({ kind: 'basic', username: 'jane', password: 'of r.example' });
    expect(await ask('docker.io')).toEqual({ kind: 'identity-token', token: 'https://index.docker.io/v1/' });
  });

  test.each([
    ['that know nobody', 'echo credentials not found in native keychain; exit 1', 'anonymous'],
    ['that fail', 'echo s3cret >&2; echo s3cret; exit 1', 'WC-OCI-021'],
    ['that talk nonsense', 'echo s3cret', 'WC-OCI-021'],
    ['that hang', 'exec sleep 60', 'WC-OCI-021'],
    ['that never stop talking', 'yes s3cret', 'WC-OCI-021'],
  ])('%s', async (_, script, outcome) => {
    const { ask } = setUp({ '.docker/config.json': { credsStore: 'x' } }, { x: script });
    const timeoutMs = script.includes('sleep') ? 200 : 5000;
    const result: unknown = await ask('r.example', 'a/b', {}, timeoutMs).catch((reason: unknown) => reason);
    expect(result).toMatchObject(outcome === 'anonymous' ? { kind: outcome } : { code: outcome });
    expect(String(result)).not.toContain('s3cret');
  });

  test.each(['../evil', '/bin/sh', 'a b', '-x', ''])('with the name %j are not run', async (name) => {
    const { ask } = setUp({ '.docker/config.json': { credHelpers: { 'r.example': name } } });
    const result: unknown = await ask('r.example').catch((reason: unknown) => reason);
    expect(result).toMatchObject(name === '' ? { kind: 'anonymous' } : { code: 'WC-OCI-021' });
  });

  test('that are not installed are named', async () => {
    const { ask } = setUp({ '.docker/config.json': { credsStore: 'gone' } });
    await expect(ask('r.example')).rejects.toThrow('docker-credential-gone');
  });
});

describe('challenges', () => {
  test.each<[string, [string, Record<string, string>][]]>([
    ['Basic realm="x"', [['basic', { realm: 'x' }]]],
    [
      'Bearer realm="https://a/t",service="s",scope="repository:a:pull,push"',
      [['bearer', { realm: 'https://a/t', service: 's', scope: 'repository:a:pull,push' }]],
    ],
    [
      'Negotiate, Bearer realm=a , error = "b\\"c"',
      [
        ['negotiate', {}],
        ['bearer', { realm: 'a', error: 'b"c' }],
      ],
    ],
    ['Bearer realm="first",realm="second"', [['bearer', { realm: 'first' }]]],
    ['Bearer realm="unclosed', [['bearer', {}]]],
    ['', []],
    [`Bearer realm="${'a'.repeat(9000)}"`, []],
  ])('%s', (header, expected) => {
    const found = parseChallenges([header]).map(({ scheme, parameters }) => [
      scheme,
      Object.fromEntries(parameters),
    ]);
    expect(found).toEqual(expected);
  });

  test.each([
    ['registry-1.docker.io', 'auth.docker.io', true],
    ['registry.gitlab.com', 'gitlab.com', true],
    ['r.example', 'r.example', true],
    ['127.0.0.1', '127.0.0.1', true],
    ['ghcr.io', 'evil.io', false],
    ['127.0.0.1', '126.0.0.1', false],
    ['registry.gitlab.com', 'evilgitlab.com', false],
    ['localhost', 'evil.localhost', false],
  ])('of %s for %s', (registry, realm, kin) => {
    expect(isKin(registry, realm)).toBe(kin);
  });
});
