import { buffer } from 'node:stream/consumers';
import { requireComponent, skipNote, startRegistry, startStrictRegistry } from '@wasmcast/testbed';
import { canonicalJson } from '@wasmcast/core';
import type { JsonObject, Sha256 } from '@wasmcast/core';
import { describe, expect, test } from 'vitest';
import {
  RegistrySession,
  deleteManifest,
  formatDigest,
  listReferrers,
  listRepositories,
  listTags,
  mediaTypes,
  parseManifest,
  pullBlob,
  pullManifest,
  pullModule,
  pushBlob,
  pushManifest,
  pushModule,
  pushReferrer,
  resolveImage,
} from './index.ts';
import type { Access, OciEvent, OciOptions, RawManifest } from './index.ts';
import { sha256 } from './remote/manifests.ts';
import { startCountingProxy } from './testing/counting-proxy.ts';
import { fakeModule } from './testing/modules.ts';

const missing = await requireComponent('registry');
const nobody: OciOptions = { credentials: () => Promise.resolve({ kind: 'anonymous' }) };

/** What every registry must let us do: run against a real one, and against our own strict one, which keeps that honest. */
const registries = [
  { name: 'docker-registry', start: () => startRegistry(), missing },
  { name: 'the strict registry', start: () => startStrictRegistry(), missing: undefined },
  {
    name: 'the strict registry without the referrers API and with small pages',
    start: () => startStrictRegistry({ referrers: false, pageSize: 2 }),
    missing: undefined,
  },
];

function open(
  host: string,
  repository: string,
  access: Access,
  options: OciOptions = {},
  from: string[] = [],
) {
  return new RegistrySession({ registry: host, repository }, access, { ...nobody, ...options }, from);
}

/** A small manifest about another one. */
function noteOn(
  subject: Sha256,
  size: number,
  text: string,
  config: { digest: Sha256; size: number },
): RawManifest {
  const document: JsonObject = {
    schemaVersion: 2,
    mediaType: mediaTypes.ociManifest,
    artifactType: 'application/vnd.example.note',
    config: { mediaType: 'application/vnd.oci.empty.v1+json', digest: formatDigest(config.digest), size: 2 },
    layers: [],
    subject: { mediaType: mediaTypes.ociManifest, digest: formatDigest(subject), size },
    annotations: { text },
  };
  const bytes = Buffer.from(canonicalJson(document));
  return { digest: sha256(bytes), mediaType: mediaTypes.ociManifest, bytes };
}

describe.each(registries)('$name', ({ name, start, missing: lacking }) => {
  describe.skipIf(lacking !== undefined)(`works as the specification says${skipNote(lacking)}`, () => {
    test('tags and repositories are listed whole, over all pages', async () => {
      await using registry = await start();
      const tags = ['1.0', '1.1', '1.2', 'latest', 'v2'];
      const wasm = fakeModule(1000);
      for (const tag of tags) await pushModule(`${registry.host}/team/filter:${tag}`, wasm, nobody);
      await pushModule(`${registry.host}/other:1`, wasm, nobody);
      await using session = open(registry.host, 'team/filter', 'pull');
      expect((await listTags(session)).toSorted()).toEqual(tags);
      await using all = open(registry.host, '', 'catalog');
      expect((await listRepositories(all)).toSorted()).toEqual(['other', 'team/filter']);
    });

    test('a manifest that is deleted is gone, with its tags', async () => {
      await using registry = await start();
      const pushed = await pushModule(`${registry.host}/a/b:1`, fakeModule(1000), nobody);
      const place = { registry: registry.host, repository: 'a/b' };
      await using session = open(registry.host, 'a/b', 'pull,delete');
      await deleteManifest(session, { ...place, digest: pushed.imageDigest });
      await expect(resolveImage(`${registry.host}/a/b:1`, nobody)).rejects.toMatchObject({
        kind: 'notFound',
      });
    });

    test('a blob is mounted from the repository that has it, and uploaded where none does', async () => {
      await using registry = await start();
      const wasm = fakeModule(200_000);
      await pushModule(`${registry.host}/from/here:1`, wasm, nobody);
      const events: OciEvent[] = [];
      const options = { onProgress: (event: OciEvent) => void events.push(event) };
      await using session = open(registry.host, 'to/there', 'pull,push', options, ['nowhere', 'from/here']);
      await using source = open(registry.host, 'from/here', 'pull');
      const { bytes } = await layerOf(source, 'from/here');
      const blob = { digest: sha256(bytes), size: bytes.length, bytes };
      await pushBlob(session, blob, ['nowhere', 'from/here']);
      expect(events).toMatchObject([{ kind: 'blob-mounted', from: 'from/here' }]);
      expect(sha256(await readAll(session, blob))).toBe(blob.digest);

      const other = fakeModule(5000, 'other');
      await pushBlob(session, { digest: sha256(other), size: 5000, bytes: other }, ['from/here']);
      expect(events.slice(-2).map((event) => event.kind)).toEqual(['upload-started', 'upload-finished']);
    });

    test('a large blob goes in chunks, with progress, and comes back whole', async () => {
      await using registry = await start();
      await using proxy = await startCountingProxy(registry.host);
      const bytes = fakeModule(700_000);
      const sent: number[] = [];
      const onProgress = (event: OciEvent): void => {
        if (event.kind === 'upload-progress') sent.push(event.sent);
      };
      const limits = { wholeUploadBytes: 1000, chunkBytes: 300_000 };
      await using session = open(proxy.host, 'a/b', 'pull,push', { limits, onProgress });
      const blob = { digest: sha256(bytes), size: bytes.length, bytes };
      await pushBlob(session, blob);
      expect(sent).toEqual([300_000, 600_000, 700_000]);
      const verbs = proxy.taken().map((line) => line.split(' ')[0]);
      expect(verbs).toEqual(['HEAD', 'POST', 'PATCH', 'PATCH', 'PATCH', 'PUT']);
      expect(Buffer.compare(await readAll(session, blob), bytes)).toBe(0);
    });

    test('what refers to an image is found, whether the registry knows of referrers or not', async () => {
      await using registry = await start();
      const pushed = await pushModule(`${registry.host}/a/b:1`, fakeModule(1000), nobody);
      const { size } = await resolveImage(pushed.image, nobody);
      const place = { registry: registry.host, repository: 'a/b' };
      await using session = open(registry.host, 'a/b', 'pull,push');
      expect(await listReferrers(session, place, pushed.imageDigest)).toEqual([]);
      const empty = Buffer.from('{}');
      const config = { digest: sha256(empty), size: 2, bytes: empty };
      await pushBlob(session, config);
      for (const text of ['one', 'two', 'one'])
        await pushReferrer(session, place, noteOn(pushed.imageDigest, size, text, config));
      const found = await listReferrers(session, place, pushed.imageDigest);
      expect(found.map((entry) => entry.annotations['text'] ?? '').toSorted()).toEqual(['one', 'two']);
      expect(await listReferrers(session, place, pushed.imageDigest, 'application/other')).toEqual([]);
      expect(
        (await listReferrers(session, place, pushed.imageDigest, 'application/vnd.example.note')).length,
      ).toBe(2);
    });

    test('bytes that are not what they are called are refused, and a manifest without its blobs', async () => {
      await using registry = await start();
      await using session = open(registry.host, 'a/b', 'pull,push');
      const wrong = { digest: sha256(Buffer.from('x')), size: 1, bytes: Buffer.from('y') };
      await expect(pushBlob(session, wrong)).rejects.toMatchObject({
        kind: 'refusedByRegistry',
        status: 400,
      });
      const nothing = noteOn('0'.repeat(64) as Sha256, 1, name, {
        digest: sha256(Buffer.from('{}')),
        size: 2,
      });
      await expect(
        pushManifest(session, { registry: registry.host, repository: 'a/b', tag: '1' }, nothing),
      ).rejects.toMatchObject({ kind: expect.stringMatching(/refusedByRegistry|notFound/) });
    });

    test.each(['oci', 'oci-artifact', 'docker'] as const)('takes and gives the layout %s', async (layout) => {
      await using registry = await start();
      const wasm = fakeModule(5000);
      const metadata = { abi: '0.2.1', imports: ['env.proxy_log'] };
      const pushed = await pushModule(`${registry.host}/a/b:1`, wasm, { ...nobody, layout, metadata });
      const pulled = await pullModule(`${registry.host}/a/b:1`, nobody);
      expect(pulled).toMatchObject({ layout, imageDigest: pushed.imageDigest, moduleDigest: sha256(wasm) });
    });

    test('pushed twice under two tags it is one image', async () => {
      await using registry = await start();
      const wasm = fakeModule(3000);
      const [one, two] = [
        await pushModule(`${registry.host}/a/b:1`, wasm, nobody),
        await pushModule(`${registry.host}/a/b:2`, wasm, nobody),
      ];
      expect(two).toEqual(one);
      expect((await pullModule(one.image, nobody)).moduleDigest).toBe(one.moduleDigest);
    });
  });
});

/** The layer of the image that is tagged `1`. */
async function layerOf(session: RegistrySession, repository: string): Promise<{ bytes: Buffer }> {
  const registry = session.base.host;
  const raw = await pullManifest(session, { registry, repository, tag: '1' });
  const parsed = parseManifest(raw.bytes, raw.mediaType);
  const layer = parsed.kind === 'image' ? parsed.layers[0] : undefined;
  if (layer === undefined) throw new Error('no layer');
  return { bytes: await readAll(session, layer) };
}

async function readAll(session: RegistrySession, blob: { digest: Sha256; size: number }): Promise<Buffer> {
  return pullBlob(session, blob, (chunks) => buffer(chunks));
}
