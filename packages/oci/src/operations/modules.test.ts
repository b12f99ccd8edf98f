import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { requireComponent, skipNote, startRegistry } from '@wasmcast/testbed';
import { describe, expect, test } from 'vitest';
import { isOciError, mediaTypes, pullModule, pushModule, resolveImage } from '../index.ts';
import type { Credentials, OciEvent } from '../index.ts';
import { sha256 } from '../remote/manifests.ts';
import { startCountingProxy } from '../testing/counting-proxy.ts';
import { fakeModule } from '../testing/modules.ts';

const missing = await requireComponent('registry');
const run = promisify(execFile);
const skopeo = await run('skopeo', ['--version']).then(
  () => undefined,
  () => 'skopeo is missing',
);
const nobody = { credentials: () => Promise.resolve({ kind: 'anonymous' } as const) };

describe.skipIf(missing !== undefined)(`a real registry${skipNote(missing)}`, () => {
  test('gives back the module that was pushed, by tag and by digest, and agrees about its digest', async () => {
    await using registry = await startRegistry();
    const wasm = fakeModule(300_000);
    const pushed = await pushModule(`oci://${registry.host}/team/filter:1.4`, wasm, nobody);
    expect(pushed.image).toBe(`${registry.host}/team/filter@sha256:${pushed.imageDigest}`);
    expect(pushed.moduleDigest).toBe(sha256(wasm));

    const head = await fetch(`${registry.url}/v2/team/filter/manifests/1.4`, {
      method: 'HEAD',
      headers: { accept: 'application/vnd.oci.image.manifest.v1+json' },
    });
    expect(head.headers.get('docker-content-digest')).toBe(`sha256:${pushed.imageDigest}`);

    for (const reference of [`${registry.host}/team/filter:1.4`, pushed.image]) {
      const pulled = await pullModule(reference, nobody);
      expect(Buffer.compare(pulled.wasm, wasm)).toBe(0);
      expect(pulled).toMatchObject({
        layout: 'oci',
        imageDigest: pushed.imageDigest,
        moduleDigest: sha256(wasm),
      });
      const resolved = await resolveImage(reference, nobody);
      expect(resolved).toMatchObject({
        reference: pushed.image,
        imageDigest: pushed.imageDigest,
        kind: 'manifest',
      });
    }
  });

  test('is asked for no more than needed: two requests for a pull by digest, one for a second push', async () => {
    await using registry = await startRegistry();
    await using proxy = await startCountingProxy(registry.host);
    const wasm = fakeModule(50_000);
    const events: OciEvent['kind'][] = [];
    const options = { ...nobody, onProgress: (event: OciEvent) => void events.push(event.kind) };
    const pushed = await pushModule(`${proxy.host}/team/filter:1`, wasm, options);
    expect(proxy.taken().filter((line) => line.startsWith('PUT'))).toHaveLength(3);
    expect(events).toEqual([...upload, ...upload, 'manifest-pushed']);

    await pullModule(pushed.image, nobody);
    expect(proxy.taken().map((line) => line.split('/')[4])).toEqual(['manifests', 'blobs']);

    events.length = 0;
    expect(await pushModule(`${proxy.host}/team/filter:1`, wasm, options)).toEqual(pushed);
    expect(proxy.taken()).toEqual(['HEAD /v2/team/filter/manifests/1']);
    expect(events).toEqual(['manifest-present']);

    events.length = 0;
    await pushModule(`${proxy.host}/team/filter:2`, wasm, options);
    expect(events).toEqual(['blob-present', 'blob-present', 'manifest-pushed']);
    expect(proxy.taken().some((line) => line.startsWith('POST'))).toBe(false);
  });

  test('lets in who knows the password, and says 77 to who does not', async () => {
    await using registry = await startRegistry({ htpasswd: { user: 'jane', password: 'correct horse' } });
    const as = (credentials: Credentials) => ({ credentials: () => Promise.resolve(credentials) });
    const jane = as({ kind: 'basic', username: 'jane', password: 'correct horse' });
    const pushed = await pushModule(`${registry.host}/a/b:1`, fakeModule(1000), jane);
    expect((await pullModule(pushed.image, jane)).moduleDigest).toBe(pushed.moduleDigest);

    const mallory = as({ kind: 'basic', username: 'jane', password: 'wrong-battery' });
    for (const options of [mallory, nobody]) {
      const error: unknown = await pullModule(pushed.image, options).catch((reason: unknown) => reason);
      if (!isOciError(error, 'unauthorized')) throw error;
      expect(error).toMatchObject({ code: 'WC-OCI-006', exit: 'notPermitted' });
      expect(JSON.stringify([error.message, error.help, error.cause])).not.toContain('battery');
    }
  });

  test('speaks TLS when its authority is trusted, and is refused when not, without falling back to plain HTTP', async () => {
    await using registry = await startRegistry({ tls: true });
    const pushed = await pushModule(`${registry.host}/a/b:1`, fakeModule(1000), {
      ...nobody,
      ca: registry.ca ?? '',
    });
    expect(pushed.imageDigest).toHaveLength(64);
    await expect(pullModule(pushed.image, nobody)).rejects.toMatchObject({
      kind: 'certificate',
      exit: 'unreachable',
    });
  });

  test('resolves an index to the image of linux/amd64, which is what an agent compares with', async () => {
    await using registry = await startRegistry();
    const amd = await pushModule(`${registry.host}/a/b:amd64`, fakeModule(1000), nobody);
    const arm = await pushModule(`${registry.host}/a/b:arm64`, fakeModule(2000), nobody);
    const entry = async (architecture: string, image: string) => {
      const { mediaType, size, imageDigest } = await resolveImage(image, nobody);
      return { mediaType, size, digest: `sha256:${imageDigest}`, platform: { os: 'linux', architecture } };
    };
    const index = JSON.stringify({
      schemaVersion: 2,
      mediaType: mediaTypes.ociIndex,
      manifests: [await entry('arm64', arm.image), await entry('amd64', amd.image)],
    });
    const put = { method: 'PUT', body: index, headers: { 'content-type': mediaTypes.ociIndex } };
    expect((await fetch(`${registry.url}/v2/a/b/manifests/all`, put)).status).toBe(201);

    const resolved = await resolveImage(`${registry.host}/a/b:all`, nobody);
    expect(resolved).toMatchObject({ kind: 'index', reference: amd.image, imageDigest: amd.imageDigest });
    expect(resolved.indexDigest).toBe(sha256(Buffer.from(index)));
    const pulled = await pullModule(`${registry.host}/a/b:all`, nobody);
    expect(pulled).toMatchObject({ imageDigest: amd.imageDigest, moduleDigest: amd.moduleDigest });
  });

  test('says what is not there', async () => {
    await using registry = await startRegistry();
    await expect(pullModule(`${registry.host}/no/such:tag`, nobody)).rejects.toMatchObject({
      kind: 'notFound',
    });
    await expect(resolveImage(`${registry.host}/no/such:tag`, nobody)).rejects.toMatchObject({
      kind: 'notFound',
    });
  });

  test.skipIf(skopeo !== undefined)(`skopeo reads the same image${skipNote(skopeo)}`, async () => {
    await using registry = await startRegistry();
    const pushed = await pushModule(`${registry.host}/a/b:1`, fakeModule(5000), {
      ...nobody,
      annotations: { 'org.opencontainers.image.source': 'https://example.com/filter' },
    });
    const image = `docker://${registry.host}/a/b:1`;
    const raw = await run('skopeo', ['inspect', '--raw', '--tls-verify=false', image], {
      encoding: 'buffer',
    });
    expect(sha256(raw.stdout)).toBe(pushed.imageDigest);
    const seen = JSON.parse((await run('skopeo', ['inspect', '--tls-verify=false', image])).stdout) as object;
    expect(seen).toMatchObject({
      Digest: `sha256:${pushed.imageDigest}`,
      Architecture: 'amd64',
      Os: 'linux',
    });
  });
});

const upload = ['upload-started', 'upload-finished'] as const;
