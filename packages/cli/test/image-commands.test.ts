import { readFile } from 'node:fs/promises';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { requireComponent, skipNote, startRegistry, startStrictRegistry } from '@wasmcast/testbed';
import { Session } from './support/session.ts';
import { trailModule } from './support/shop.ts';

const missing = await requireComponent('registry');

let session: Session;
beforeEach(async () => {
  session = await Session.open({ 'build/filter.wasm': await trailModule(), 'text.wasm': 'not wasm' });
});
afterEach(() => session[Symbol.asyncDispose]());

describe('push', () => {
  test.skipIf(missing !== undefined)(
    `prints the image by its digest and nothing else${skipNote(missing)}`,
    async () => {
      await using registry = await startRegistry();
      const { exit, stdout, stderr } = await session.run(`push ${registry.host}/filters/trail:1`);
      expect(exit).toBe(0);
      expect(stdout).toMatch(new RegExp(`^${registry.host}/filters/trail@sha256:[0-9a-f]{64}\n$`));
      expect(stderr).toContain('pushing build/filter.wasm');
      const found = await fetch(
        `${registry.url}/v2/filters/trail/manifests/${stdout.trim().replace(/^.*@/, '')}`,
        { headers: { accept: 'application/vnd.oci.image.manifest.v1+json' } },
      );
      expect(found.status).toBe(200);
      // Pushed again it is the same image; a module may be named.
      const { events } = await session.json(`push ${registry.host}/filters/trail:2 build/filter.wasm`);
      expect(events.find((e) => e.type === 'image')).toMatchObject({ image: stdout.trim() });
    },
  );

  test('what is not there or no filter is refused before anything is sent: 65', async () => {
    expect((await session.json('push 127.0.0.1:1/a:1 nowhere.wasm')).events[0]).toMatchObject({
      code: 'WC-CLI-050',
      exitCode: 65,
    });
    expect((await session.json('push 127.0.0.1:1/a:1 text.wasm')).exit).toBe(65);
  });

  test('a registry that does not answer: 69', async () => {
    const { exit, events } = await session.json('push 127.0.0.1:1/filters/trail:1');
    expect(exit).toBe(69);
    expect(events.at(-2)).toMatchObject({ type: 'error', exitCode: 69 });
  });

  test('attaches documents, which leave the digest as it is and go along with a copy', async () => {
    await using registry = await startStrictRegistry({ referrers: false });
    await session.write({ 'README.md': '# Trail' });
    const plain = (await session.run(`push ${registry.host}/f:1`)).stdout;
    const line = `push ${registry.host}/f:1 --attach text/markdown=README.md`;
    expect((await session.run(line)).stdout).toBe(plain);
    await session.run(`copy ${registry.host}/f:1 ${registry.host}/g:1 --referrers`);
    const { events } = await session.json(`inspect ${registry.host}/g:1`);
    expect(events.find((e) => e.type === 'image')).toMatchObject({
      referrers: [
        { artifactType: 'text/markdown', annotations: { 'org.opencontainers.image.title': 'README.md' } },
      ],
    });
    expect((await session.json(`push ${registry.host}/f:1 --attach text/markdown=nowhere.md`)).exit).toBe(65);
  });

  test('tells of the module in annotations, and takes more of them', async () => {
    await using registry = await startStrictRegistry();
    const flags = '--layout docker --root-id trail --revision abc123 --annotation a.b=c=d';
    const { exit, stdout } = await session.run(`push ${registry.host}/f:1 ${flags}`);
    expect(exit).toBe(0);
    const { events } = await session.json(`inspect ${stdout.trim()}`);
    expect(events.find((e) => e.type === 'image')).toMatchObject({
      facts: { module: { kind: 'taken', layout: 'docker' } },
      metadata: { rootIds: ['trail'], revision: 'abc123', abi: '0.2.1' },
      annotations: { 'a.b': 'c=d' },
    });
    expect((await session.json(`push ${registry.host}/f:1 --annotation x`)).exit).toBe(64);
    expect((await session.json(`push ${registry.host}/f:1 --layout x`)).exit).toBe(64);
  });
});

describe.skipIf(missing !== undefined)(`images in a registry${skipNote(missing)}`, () => {
  test('are pulled, tagged, listed, copied to an archive and back', async () => {
    await using registry = await startRegistry();
    const pushed = (await session.run(`push ${registry.host}/filters/trail:1`)).stdout.trim();
    const digest = pushed.replace(/^.*@/, '');

    const pulled = await session.run(`pull ${registry.host}/filters/trail:1`);
    expect([pulled.exit, pulled.stdout]).toEqual([0, 'trail.wasm\n']);
    const bytes = await readFile(`${session.folder}/trail.wasm`);
    expect(bytes.equals(await readFile(`${session.folder}/build/filter.wasm`))).toBe(true);
    const blocked = await session.json(`pull ${pushed} text.wasm`);
    expect([blocked.exit, blocked.events.at(-2)]).toEqual([
      64,
      expect.objectContaining({ code: 'WC-CLI-060' }),
    ]);
    expect((await session.run(`pull ${pushed} text.wasm --force`)).exit).toBe(0);

    expect((await session.run(`tag ${pushed} stable`)).stdout).toBe(`${pushed}\n`);
    expect((await session.run(`list ${registry.host}/filters/trail`)).stdout.split('\n').toSorted()).toEqual([
      '',
      '1',
      'stable',
    ]);
    expect((await session.run(`list ${registry.host}/`)).stdout).toBe('filters/trail\n');

    const copied = await session.run(`copy ${pushed} oci-archive:trail.tar:1`);
    expect(copied.stdout).toBe(`oci-archive:trail.tar:1@${digest}\n`);
    const back = await session.run(`copy oci-archive:trail.tar:1 ${registry.host}/mirror/trail:1`);
    expect(back.stdout).toBe(`${registry.host}/mirror/trail@${digest}\n`);
  });

  test('are shown with both digests by name, and which Istio takes them', async () => {
    await using registry = await startRegistry();
    const { events } = await session.json(`push ${registry.host}/filters/trail:1`);
    const image = events.find((e) => e.type === 'image') as unknown as Record<string, string>;
    const { exit, stdout } = await session.run(`inspect ${registry.host}/filters/trail:1`);
    expect(exit).toBe(0);
    expect(stdout).toContain(`${image['image']}\n`);
    expect(stdout).toMatch(new RegExp(`image digest +sha256:${image['imageDigest']}\n`));
    expect(stdout).toMatch(new RegExp(`module digest +sha256:${image['moduleDigest']}\n`));
    expect(stdout).toMatch(/taken by Istio +1\.12 to 1\.31\n/);
    expect((await session.json(`inspect ${image['image']} --istio 1.11`)).exit).toBe(65);
    expect((await session.json(`inspect ${image['image']} --istio x`)).exit).toBe(64);
  });

  test('that no proxy reads are shown too, with what would happen: 65', async () => {
    await using registry = await startStrictRegistry();
    await session.run(`push ${registry.host}/f:1`);
    const type = 'application/vnd.oci.image.manifest.v1+json';
    const raw = JSON.parse(registry.store.manifest('f', '1')?.bytes.toString() ?? '') as {
      readonly layers: readonly object[];
    };
    const layers = raw.layers.map((layer) => ({ ...layer, mediaType: 'application/wasm' }));
    const body = JSON.stringify({ ...raw, layers });
    const url = `${registry.url}/v2/f/manifests/raw`;
    await fetch(url, { method: 'PUT', body, headers: { 'content-type': type } });
    const { exit, stdout, stderr } = await session.run(`inspect ${registry.host}/f:raw`);
    expect(exit).toBe(65);
    expect(stdout).toMatch(/taken by Istio +none\n/);
    expect(stderr).toMatch(/WC-AGT-003[^]*answers every request with 403/);
  });
});

describe('login', () => {
  const users = { jane: { password: 'correct horse', rights: { '': ['pull', 'push'] } } } as const;

  test('lets in from then on, until logout; the password is shown nowhere', async () => {
    await using registry = await startStrictRegistry({ users });
    const line = `login ${registry.host} -u jane --password-stdin`;
    const wrong = await session.json(line, { stdin: 'battery staple\n' });
    expect(wrong.exit).toBe(77);
    expect((await session.json(`push ${registry.host}/f:1`)).exit).toBe(77);
    const { exit, stdout, stderr } = await session.run(line, { stdin: 'correct horse\n' });
    expect([exit, stderr]).toEqual([0, '']);
    expect(stdout).toContain(`logged in as jane, kept by ${session.folder}/.docker/config.json`);
    expect(stdout).not.toContain('horse');
    expect((await session.run(`push ${registry.host}/f:1`)).exit).toBe(0);
    expect((await session.run(`logout ${registry.host}`)).stdout).toContain('logged out');
    expect((await session.json(`pull ${registry.host}/f:1`)).exit).toBe(77);
    expect((await session.run(`logout ${registry.host}`)).stdout).toContain('was not logged in');
  });

  test('without a password, or to a registry that asks nobody, keeps nothing', async () => {
    await using registry = await startStrictRegistry();
    const line = `login ${registry.host} -u jane --password-stdin`;
    expect((await session.json(line)).exit).toBe(64);
    expect((await session.json(line, { stdin: 'x' })).exit).toBe(1);
    expect((await session.json(`login ${registry.host} -u jane`)).exit).toBe(64);
    expect((await session.run(`logout ${registry.host}`)).stdout).toContain('was not logged in');
  });
});

describe('signatures', () => {
  test('are made by a key pair and asked for by inspect', async () => {
    await using registry = await startStrictRegistry();
    const env = { COSIGN_PASSWORD: 'correct horse' };
    const pushed = (await session.run(`push ${registry.host}/trail:1`)).stdout;
    expect((await session.json('keygen')).exit).toBe(64);
    expect((await session.run('keygen', { env })).stdout).toBe('cosign.key\ncosign.pub\n');
    expect((await session.run('keygen other', { env })).exit).toBe(0);
    expect((await session.json('keygen', { env })).exit).toBe(64);

    const unsigned = await session.json(`inspect ${registry.host}/trail:1 --key cosign.pub`);
    expect([unsigned.exit, unsigned.events.some((e) => e['code'] === 'WC-SIG-001')]).toEqual([65, true]);
    const line = `sign ${registry.host}/trail:1 --key cosign.key`;
    expect((await session.json(line)).exit).toBe(65);
    for (const form of ['tag', 'bundle']) {
      const { exit, stdout } = await session.run(`${line} --form ${form}`, { env });
      expect([exit, stdout]).toEqual([0, pushed]);
    }
    const signed = await session.run(`inspect ${registry.host}/trail:1 --key other.pub --key cosign.pub`);
    expect([signed.exit, signed.stdout]).toEqual([
      0,
      expect.stringMatching(/signed +by key 2 \(tag\), by key 2 \(bundle\)\n/),
    ]);
    expect((await session.json(`inspect ${registry.host}/trail:1 --key other.pub`)).exit).toBe(65);
    expect((await session.json(`inspect ${registry.host}/trail:1 --key cosign.key`)).exit).toBe(65);
  });
});
