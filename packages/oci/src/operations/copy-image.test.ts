import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { skipNote, startStrictRegistry } from '@wasmcast/testbed';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import {
  copyImage,
  deleteImage,
  listReferrers,
  mediaTypes,
  parseLocation,
  pullModule,
  pushModule,
  readImage,
  resolveImage,
  RegistrySession,
  tagImage,
  tagsOf,
  takenBy,
} from '../index.ts';
import type { OciEvent, OciOptions } from '../index.ts';
import { fakeModule } from '../testing/modules.ts';

const nobody: OciOptions = { credentials: () => Promise.resolve({ kind: 'anonymous' }) };
const run = promisify(execFile);
const skopeo = await run('skopeo', ['--version']).then(
  () => undefined,
  () => 'skopeo is missing',
);

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'copy-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const at = (text: string) => parseLocation(text, folder);

describe('a copy', () => {
  test('to another registry, a folder, an archive and back is the same image', async () => {
    await using one = await startStrictRegistry();
    await using two = await startStrictRegistry({ referrers: false });
    const pushed = await pushModule(`${one.host}/a/b:1`, fakeModule(50_000), nobody);
    const path = [`${one.host}/a/b:1`, 'oci:layout:1', 'oci-archive:x.tar:2', `${two.host}/c:3`];
    for (const [index, to] of path.slice(1).entries()) {
      const copied = await copyImage(at(path[index] ?? ''), at(to), nobody);
      expect(copied).toEqual({ digest: pushed.imageDigest, manifests: 1 });
    }
    expect(await pullModule(`${two.host}/c:3`, nobody)).toMatchObject({
      imageDigest: pushed.imageDigest,
      moduleDigest: pushed.moduleDigest,
    });
  });

  test('within a registry mounts what is there, and sends nothing when all is', async () => {
    await using registry = await startStrictRegistry();
    await pushModule(`${registry.host}/from:1`, fakeModule(50_000), nobody);
    const events: OciEvent['kind'][] = [];
    const options = { ...nobody, onProgress: (event: OciEvent) => void events.push(event.kind) };
    for (const _ of [1, 2])
      await copyImage(at(`${registry.host}/from:1`), at(`${registry.host}/to:1`), options);
    expect(events.filter((kind) => !kind.startsWith('download'))).toEqual([
      'blob-mounted',
      'blob-mounted',
      'manifest-pushed',
      'manifest-present',
    ]);
  });

  test('of an index takes all platforms; with referrers what refers to it, whichever way the registry lists them', async () => {
    await using one = await startStrictRegistry();
    await using two = await startStrictRegistry({ referrers: false });
    const pushed = await pushModule(`${one.host}/a:amd`, fakeModule(1000), nobody);
    const { size, mediaType } = await resolveImage(pushed.image, nobody);
    const part = { mediaType, size, digest: `sha256:${pushed.imageDigest}` };
    const put = async (key: string, type: string, document: object): Promise<void> => {
      const body = JSON.stringify({ schemaVersion: 2, mediaType: type, ...document });
      const headers = { 'content-type': type };
      const { status } = await fetch(`${one.url}/v2/a/manifests/${key}`, { method: 'PUT', body, headers });
      expect(status).toBe(201);
    };
    await put('all', mediaTypes.ociIndex, {
      manifests: [{ ...part, platform: { os: 'linux', architecture: 'amd64' } }],
    });
    const raw = JSON.parse(one.store.manifest('a', 'amd')?.bytes.toString() ?? '') as {
      readonly config: object;
      readonly layers: readonly object[];
    };
    await put('note', mediaTypes.ociManifest, { ...raw, artifactType: 'application/x-note', subject: part });

    const copied = await copyImage(at(`${one.host}/a:all`), at('oci:layout:all'), {
      ...nobody,
      referrers: true,
    });
    expect(copied.manifests).toBe(3);
    await copyImage(at('oci:layout:all'), at(`${two.host}/b:all`), { ...nobody, referrers: true });
    expect((await pullModule(`${two.host}/b:all`, nobody)).imageDigest).toBe(pushed.imageDigest);
    const place = { registry: two.host, repository: 'b' };
    await using session = new RegistrySession(place, 'pull', nobody);
    expect(await listReferrers(session, place, pushed.imageDigest)).toMatchObject([
      { artifactType: 'application/x-note' },
    ]);
  });

  test('of a file that was changed is refused, and a folder keeps what it had', async () => {
    await using registry = await startStrictRegistry();
    const one = await pushModule(`${registry.host}/a:1`, fakeModule(1000), nobody);
    await pushModule(`${registry.host}/a:2`, fakeModule(1000, 'two'), nobody);
    for (const tag of ['1', '2'])
      await copyImage(at(`${registry.host}/a:${tag}`), at(`oci:layout:${tag}`), nobody);
    const index = JSON.parse(await readFile(join(folder, 'layout/index.json'), 'utf8')) as {
      manifests: unknown[];
    };
    expect(index.manifests).toHaveLength(2);
    const layer = one.imageDigest;
    await writeFile(join(folder, 'layout/blobs/sha256', layer), 'something else');
    await expect(copyImage(at('oci:layout:1'), at(`${registry.host}/b:1`), nobody)).rejects.toMatchObject({
      kind: 'digestMismatch',
    });
    // To copy it there again mends it.
    await copyImage(at(`${registry.host}/a:1`), at('oci:layout:1'), nobody);
    await copyImage(at('oci:layout:1'), at(`${registry.host}/b:1`), nobody);
    await expect(copyImage(at('oci:layout:9'), at(`${registry.host}/b:1`), nobody)).rejects.toMatchObject({
      kind: 'notFound',
    });
    await writeFile(join(folder, 'x.tar'), 'there');
    await expect(copyImage(at('oci:layout:2'), at('oci-archive:x.tar'), nobody)).rejects.toMatchObject({
      kind: 'files',
    });
    await expect(copyImage(at('oci-archive:x.tar'), at('oci:y'), nobody)).rejects.toMatchObject({
      exit: 'failed',
    });
  });

  test.skipIf(skopeo !== undefined)(`is read and written by skopeo too${skipNote(skopeo)}`, async () => {
    await using registry = await startStrictRegistry();
    const pushed = await pushModule(`${registry.host}/a:1`, fakeModule(50_000), nobody);
    await copyImage(at(`${registry.host}/a:1`), at('oci-archive:ours.tar:1'), nobody);
    await copyImage(at(`${registry.host}/a:1`), at('oci:ours:1'), nobody);
    const skopeoCopy = (from: string, to: string) =>
      run('skopeo', ['copy', '--insecure-policy', '--dest-tls-verify=false', from, to], { cwd: folder });
    await skopeoCopy('oci:ours:1', 'oci-archive:theirs.tar:1');
    await skopeoCopy('oci-archive:ours.tar:1', 'oci:theirs:1');
    for (const [index, from] of ['oci-archive:theirs.tar:1', 'oci:theirs:1'].entries()) {
      const { digest } = await copyImage(at(from), at(`${registry.host}/back:${index}`), nobody);
      expect(digest).toBe(pushed.imageDigest);
    }
  });

  test.skipIf(skopeo !== undefined)(
    `that skopeo turns into Docker's types holds the same module under another digest${skipNote(skopeo)}`,
    async () => {
      await using registry = await startStrictRegistry();
      const pushed = await pushModule(`${registry.host}/aa:1`, fakeModule(50_000), nobody);
      const plain = ['--insecure-policy', '--src-tls-verify=false', '--dest-tls-verify=false'];
      const [from, to] = [`docker://${registry.host}/aa:1`, `docker://${registry.host}/bb:1`];
      await run('skopeo', ['copy', ...plain, '--format', 'v2s2', from, to]);
      const { facts } = await readImage(`${registry.host}/bb:1`, nobody);
      expect(facts.module).toMatchObject({ kind: 'taken', layout: 'docker', digest: pushed.moduleDigest });
      expect(facts.imageDigest).not.toBe(pushed.imageDigest);
      expect(takenBy(facts)).toContain('1.12');
    },
  );
});

test('a tag is given and taken', async () => {
  await using registry = await startStrictRegistry();
  const { image } = await pushModule(`${registry.host}/a:1`, fakeModule(1000), nobody);
  expect(await tagImage(image, 'stable', nobody)).toBe(image);
  expect(await tagsOf(`${registry.host}/a`, nobody)).toEqual(['1', 'stable']);
  await deleteImage(`${registry.host}/a:1`, nobody);
  expect(await tagsOf(`${registry.host}/a`, nobody)).toEqual(['stable']);
  await expect(tagImage(image, 'not a tag', nobody)).rejects.toMatchObject({ kind: 'reference' });
});
