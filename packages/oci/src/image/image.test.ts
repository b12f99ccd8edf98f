import { gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import type { Sha256 } from '@wasmcast/core';
import { mediaTypes } from '../remote/media-types.ts';
import { fakeModule } from '../testing/modules.ts';
import { buildImage } from './build.ts';
import { gunzip, gzipOf } from './gzip.ts';
import { chooseLayer, choosePlatform, extractModule } from './layout.ts';
import { inMemory } from './module-taker.ts';
import { parseManifest } from './manifest.ts';
import { fromAnnotations } from './metadata.ts';
import { tarOf } from './tar-writer.ts';

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array, void, undefined> {
  yield bytes;
}

const manifestOf = (layers: readonly string[], mediaType: string = mediaTypes.ociManifest) => ({
  kind: 'image' as const,
  mediaType,
  annotations: {},
  layers: layers.map((type) => ({ mediaType: type, size: 1, digest: '0'.repeat(64) as Sha256 })),
});

describe('an image', () => {
  test('follows from the module and the annotations alone', () => {
    const wasm = fakeModule(40_000);
    const one = buildImage(wasm, { annotations: { b: '2', a: '1' } });
    const two = buildImage(Uint8Array.from(wasm), { annotations: { a: '1', b: '2' } });
    expect(two.manifest.digest).toBe(one.manifest.digest);
    expect(buildImage(wasm).manifest.digest).not.toBe(one.manifest.digest);
    expect(buildImage(fakeModule(40_000, 'other')).layer.digest).not.toBe(one.layer.digest);
  });

  test('is one manifest with one layer, whose config names the archive in it', async () => {
    const wasm = fakeModule(1000);
    const image = buildImage(wasm);
    const parsed = parseManifest(image.manifest.bytes, image.manifest.mediaType);
    if (parsed.kind !== 'image') throw new Error('an index');
    expect(chooseLayer(parsed)).toMatchObject({ layout: 'oci', layer: { digest: image.layer.digest } });
    expect(parsed.layers).toHaveLength(1);
    expect(parsed.annotations).toEqual({
      'dev.wasmcast.module.sha256': image.moduleDigest,
      'module.wasm.image/variant': 'compat',
    });
    expect(
      Buffer.compare(
        await extractModule('oci', once(image.layer.bytes), image.layer.size, 10_000, inMemory),
        wasm,
      ),
    ).toBe(0);
  });

  test.each(['oci', 'oci-artifact', 'docker'] as const)(
    'in the layout %s is read by the rules of the agent, and tells what it holds',
    async (layout) => {
      const wasm = fakeModule(1000);
      const metadata = { abi: '0.2.1', rootIds: ['b', 'a'], imports: ['env.proxy_log'], sdk: 'x 1' };
      const image = buildImage(wasm, { layout, metadata });
      const parsed = parseManifest(image.manifest.bytes, image.manifest.mediaType);
      if (parsed.kind !== 'image') throw new Error('an index');
      const chosen = chooseLayer(parsed);
      expect(chosen).toMatchObject({ layout, layer: { digest: image.layer.digest } });
      expect(
        Buffer.compare(
          await extractModule(layout, once(image.layer.bytes), image.layer.size, 10_000, inMemory),
          wasm,
        ),
      ).toBe(0);
      const config = JSON.parse(Buffer.from(image.config.bytes).toString()) as {
        readonly config?: { readonly Labels?: Record<string, string> };
      };
      const told = layout === 'docker' ? (config.config?.Labels ?? {}) : parsed.annotations;
      expect(fromAnnotations(told)).toEqual({ ...metadata, rootIds: ['a', 'b'] });
      expect(told['dev.wasmcast.module.sha256']).toBe(image.moduleDigest);
    },
  );

  test('as an artifact has the config of the wasm-image-spec', () => {
    const metadata = { abi: '0.2.1', rootIds: ['a'] };
    const { config } = buildImage(fakeModule(10), { layout: 'oci-artifact', metadata });
    expect(JSON.parse(Buffer.from(config.bytes).toString())).toEqual({
      type: 'envoy_proxy',
      abiVersions: ['v0.2.1'],
      config: { rootIds: ['a'] },
    });
  });

  // A change of these numbers is a change of every image that is pushed: locked fleets would see other digests.
  test.each([
    ['oci', '635d146d0244df0486a698b2bcff2d6c82d27acd3543c234055eb6a0a46a0a4c'],
    ['oci-artifact', '3597a6fcfb766ebf17fedb20b235ace299d985287947b06b72f693ceee384916'],
    ['docker', '2b6ccf5e1ce24af4a0c4ca23b506a3966639d486ffa440ea72c02cd7277c4454'],
  ] as const)('in the layout %s always has the same digest', (layout, digest) => {
    expect(buildImage(fakeModule(1000), { layout, metadata: { abi: '0.2.1' } }).manifest.digest).toBe(digest);
  });

  test.each([{ '': 'x' }, { 'a\n': 'x' }, { a: 'x\u0000' }, { 'dev.wasmcast.module.sha256': 'x' }])(
    'does not take the annotations %j',
    (annotations) => {
      expect(() => buildImage(fakeModule(10), { annotations })).toThrow(
        expect.objectContaining({ code: 'WC-OCI-025' }),
      );
    },
  );
});

describe('the layouts of the agent', () => {
  const { ociLayer, dockerLayer, dockerManifest, wasmLayer } = mediaTypes;
  const config = 'application/vnd.module.wasm.config.v1+json';

  test.each([
    ['docker', 0, manifestOf([dockerLayer], dockerManifest)],
    ['docker', 1, manifestOf(['anything', dockerLayer], dockerManifest)],
    ['oci', 0, manifestOf([ociLayer])],
    ['oci', 2, manifestOf(['x', 'y', ociLayer])],
    ['oci-artifact', 0, manifestOf([wasmLayer, config])],
    ['oci-artifact', 1, manifestOf([config, wasmLayer])],
  ] as const)('%s with layer %i', (layout, at, manifest) => {
    expect(chooseLayer(manifest)).toEqual({ layout, layer: manifest.layers[at] });
  });

  test.each([
    ['no layer', manifestOf([])],
    ['the module as the only raw layer', manifestOf([wasmLayer])],
    ['three layers with a raw one', manifestOf([wasmLayer, config, config])],
    ['the layout of the CNCF', manifestOf(['application/wasm'])],
    ['a zstd layer', manifestOf(['application/vnd.oci.image.layer.v1.tar+zstd'])],
    ['something behind the tar layer', manifestOf([ociLayer, 'text/markdown'])],
    ['an OCI layer in a Docker manifest', manifestOf([ociLayer], dockerManifest)],
    ['a Docker layer in an OCI manifest', manifestOf([dockerLayer])],
  ])('%s is refused', (_, manifest) => {
    expect(() => chooseLayer(manifest)).toThrow(
      expect.objectContaining({ code: 'WC-OCI-019', exit: 'invalid' }),
    );
  });

  test('a raw module is read raw, a packed one with a limit, and a layer without plugin.wasm is named', async () => {
    const wasm = fakeModule(500);
    expect(
      Buffer.compare(await extractModule('oci-artifact', once(wasm), wasm.length, 500, inMemory), wasm),
    ).toBe(0);
    await expect(extractModule('oci-artifact', once(wasm), wasm.length, 499, inMemory)).rejects.toMatchObject(
      {
        kind: 'tooLarge',
      },
    );
    const other = gzipSync(tarOf('other.wasm', wasm));
    await expect(extractModule('docker', once(other), other.length, 5000, inMemory)).rejects.toMatchObject({
      kind: 'layout',
    });
    await expect(extractModule('docker', once(wasm), wasm.length, 5000, inMemory)).rejects.toMatchObject({
      kind: 'archive',
    });
  });

  test('of an index, the first linux/amd64, or what names no platform', () => {
    const entry = (digit: string, platform?: { readonly os: string; readonly architecture: string }) => ({
      mediaType: mediaTypes.ociManifest,
      size: 1,
      digest: digit.repeat(64) as Sha256,
      platform,
    });
    const arm = entry('1', { os: 'linux', architecture: 'arm64' });
    const amd = entry('2', { os: 'linux', architecture: 'amd64' });
    const attestation = entry('3', { os: 'unknown', architecture: 'unknown' });
    expect(choosePlatform([arm, attestation, amd]).digest).toBe(amd.digest);
    expect(choosePlatform([arm, entry('4'), amd]).digest).toBe('4'.repeat(64));
    expect(() => choosePlatform([arm, attestation])).toThrow(expect.objectContaining({ code: 'WC-OCI-023' }));
  });
});

describe('gzip', () => {
  test('several members are one stream, as for Go', async () => {
    const chunks: Uint8Array[] = [];
    const both = Buffer.concat([gzipOf(Buffer.from('one ')), gzipSync('two')]);
    for await (const chunk of gunzip(once(both), 100)) chunks.push(chunk);
    expect(Buffer.concat(chunks).toString()).toBe('one two');
  });

  test.each([
    ['cut off', gzipOf(Buffer.from('hello hello')).subarray(0, -3)],
    ['with a wrong sum', Buffer.concat([gzipOf(Buffer.from('hello')).subarray(0, -8), Buffer.alloc(8)])],
    ['no gzip', Buffer.from('hello')],
  ])('%s is refused', async (_, bytes) => {
    const read = async () => {
      for await (const chunk of gunzip(once(bytes), 100)) expect(chunk.length).toBeGreaterThan(0);
    };
    await expect(read()).rejects.toMatchObject({ kind: 'archive' });
  });
});
