import { gzipSync, zstdCompressSync } from 'node:zlib';
import { agentPull, requireComponent, skipNote, startRegistry, startStrictRegistry } from '@wasmcast/testbed';
import type { StrictRegistry } from '@wasmcast/testbed';
import { describe, expect, test } from 'vitest';
import { buildImage } from '../image/build.ts';
import { blobOf, descriptorOf, manifestOf } from '../image/documents.ts';
import { tarEnd, tarHeader } from '../image/tar-writer.ts';
import {
  OciError,
  agentDiagnostics,
  formatDigest,
  mediaTypes,
  newestIstio,
  pushModule,
  readImage,
} from '../index.ts';
import type { OciOptions, RawManifest } from '../index.ts';
import { fakeModule } from '../testing/modules.ts';

const missing = await requireComponent('agent');
const nobody: OciOptions = { credentials: () => Promise.resolve({ kind: 'anonymous' }) };
const { ociLayer, dockerLayer, wasmLayer, wasmConfig, dockerManifest, ociIndex } = mediaTypes;

const repository = 'filters/a';
const wasm = fakeModule(3000);
const other = fakeModule(3000, 'other');

/** An entry of a tar archive; `type` is its flag. */
function entry(name: string, content: Uint8Array, type = '0'): Buffer {
  const header = Buffer.from(tarHeader(name, type === '2' ? 0 : content.length));
  header.write(type, 156, 'latin1');
  header.fill(' ', 148, 156);
  const sum = header.reduce((total, byte) => total + byte, 0);
  header.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148, 'latin1');
  const padding = Buffer.alloc((512 - (content.length % 512)) % 512);
  return type === '2' ? header : Buffer.concat([header, content, padding]);
}

const tar = (...entries: readonly Buffer[]): Buffer => Buffer.concat([...entries, tarEnd]);
const packed = (...entries: readonly Buffer[]): Buffer => gzipSync(tar(...entries));
const plugin = packed(entry('plugin.wasm', wasm));

type Layer = readonly [type: string, bytes: Uint8Array];

/** Puts an image as it is into the registry's store, past all of its checks. */
function put(
  registry: StrictRegistry,
  tag: string,
  layers: readonly Layer[],
  mediaType?: string | null,
): RawManifest {
  const store = registry.store.open(repository);
  const keep = (bytes: Uint8Array) => {
    const blob = blobOf(bytes);
    store.blobs.set(formatDigest(blob.digest), Buffer.from(bytes));
    return blob;
  };
  const members = {
    config: descriptorOf(
      mediaTypes.ociConfig,
      keep(Buffer.from('{"architecture":"amd64","os":"linux","rootfs":{"type":"layers","diff_ids":[]}}')),
    ),
    layers: layers.map(([type, bytes]) => descriptorOf(type, keep(bytes))),
  };
  const made = manifestOf(members, mediaType ?? mediaTypes.ociManifest);
  // OCI manifests need not say what they are.
  const bytes =
    mediaType === null ? Buffer.from(JSON.stringify({ schemaVersion: 2, ...members })) : made.bytes;
  const manifest = { ...made, digest: blobOf(bytes).digest, bytes };
  putManifest(registry, tag, manifest);
  return manifest;
}

function putManifest(registry: StrictRegistry, tag: string, { digest, mediaType, bytes }: RawManifest): void {
  const store = registry.store.open(repository);
  store.manifests.set(formatDigest(digest), {
    digest: formatDigest(digest),
    mediaType,
    bytes: Buffer.from(bytes),
  });
  store.tags.set(tag, formatDigest(digest));
}

/** An index of manifests, each for a platform, or for none that is named. */
function putIndex(
  registry: StrictRegistry,
  tag: string,
  parts: readonly (readonly [RawManifest, string?])[],
): RawManifest {
  const manifests = parts.map(([{ mediaType, digest, bytes }, architecture]) => ({
    ...descriptorOf(mediaType, { digest, size: bytes.length }),
    ...(architecture === undefined ? {} : { platform: { os: 'linux', architecture } }),
  }));
  const index = manifestOf({ manifests }, ociIndex);
  putManifest(registry, tag, index);
  return index;
}

/** Images by tag: what tools make, and what they should not. */
const images: Readonly<Record<string, readonly [layers: readonly Layer[], mediaType?: string | null]>> = {
  compat: [[[ociLayer, plugin]]],
  'compat-untyped': [[[ociLayer, plugin]], null],
  docker: [[[dockerLayer, plugin]], dockerManifest],
  artifact: [
    [
      [wasmConfig, Buffer.from('{}')],
      [wasmLayer, wasm],
    ],
  ],
  'artifact-turned': [
    [
      [wasmLayer, wasm],
      [wasmConfig, Buffer.from('{}')],
    ],
  ],
  'artifact-odd-config': [
    [
      [wasmLayer, wasm],
      ['text/plain', Buffer.from('x')],
    ],
  ],
  'raw-layer-alone': [[[wasmLayer, wasm]]],
  'raw-layer-of-three': [
    [
      [wasmLayer, wasm],
      [wasmConfig, Buffer.from('{}')],
      ['text/markdown', Buffer.from('#')],
    ],
  ],
  'cncf-artifact': [[['application/wasm', wasm]]],
  'no-layer': [[]],
  'zstd-layer': [
    [['application/vnd.oci.image.layer.v1.tar+zstd', zstdCompressSync(tar(entry('plugin.wasm', wasm)))]],
  ],
  'zstd-called-gzip': [[[ociLayer, zstdCompressSync(tar(entry('plugin.wasm', wasm)))]]],
  'tar-without-gzip': [[[ociLayer, tar(entry('plugin.wasm', wasm))]]],
  'plain-tar-layer': [[['application/vnd.oci.image.layer.v1.tar', tar(entry('plugin.wasm', wasm))]]],
  'something-behind': [
    [
      [ociLayer, plugin],
      ['text/markdown', Buffer.from('#')],
    ],
  ],
  'module-in-the-last': [
    [
      [ociLayer, packed(entry('etc/passwd', Buffer.from('x')))],
      [ociLayer, plugin],
    ],
  ],
  'module-in-the-first': [
    [
      [ociLayer, plugin],
      [ociLayer, packed(entry('etc/passwd', Buffer.from('x')))],
    ],
  ],
  'docker-with-oci-layer': [[[ociLayer, plugin]], dockerManifest],
  'oci-with-docker-layer': [[[dockerLayer, plugin]]],
  'in-a-folder': [
    [[ociLayer, packed(entry('usr/', Buffer.from(''), '5'), entry('usr/lib/plugin.wasm', wasm))]],
  ],
  'another-name': [[[ociLayer, packed(entry('filter.wasm', wasm))]]],
  'two-of-the-name': [[[ociLayer, packed(entry('plugin.wasm', wasm), entry('b/plugin.wasm', other))]]],
  'behind-others': [[[ociLayer, packed(entry('README.md', Buffer.alloc(5000)), entry('plugin.wasm', wasm))]]],
  'a-link': [[[ociLayer, packed(entry('plugin.wasm', Buffer.from(''), '2'))]]],
  'a-folder': [[[ociLayer, packed(entry('plugin.wasm/', Buffer.from(''), '5'))]]],
  'no-wasm': [[[ociLayer, packed(entry('plugin.wasm', Buffer.from('#!/bin/sh\n')))]]],
  'too-short': [[[ociLayer, packed(entry('plugin.wasm', wasm.subarray(0, 7)))]]],
  'header-only': [[[ociLayer, packed(entry('plugin.wasm', wasm.subarray(0, 8)))]]],
  'empty-layer': [[[ociLayer, new Uint8Array()]]],
  'cut-archive': [[[ociLayer, gzipSync(entry('plugin.wasm', wasm).subarray(0, 1024))]]],
  'cut-gzip': [[[ociLayer, plugin.subarray(0, 200)]]],
  'two-members': [
    [
      [
        ociLayer,
        Buffer.concat([
          gzipSync(tar(entry('plugin.wasm', wasm)).subarray(0, 700)),
          gzipSync(tar(entry('plugin.wasm', wasm)).subarray(700)),
        ]),
      ],
    ],
  ],
};

/** What we say: the digests that a proxy would show, or that it would show a placeholder. */
async function ours(reference: string): Promise<string> {
  try {
    const { facts } = await readImage(reference, nobody);
    const said = agentDiagnostics(facts, { istio: newestIstio, onFailure: 'closed' });
    if (said.some((each) => each.severity === 'error') || facts.module.kind === 'refused') return 'refused';
    return `${facts.imageDigest} ${facts.module.digest}`;
  } catch (error) {
    if (error instanceof OciError) return 'refused';
    throw error;
  }
}

describe.skipIf(missing !== undefined)(`beside the code of Istio's agent${skipNote(missing)}`, () => {
  test(
    'every image is taken or refused as the agent does it, with the same two digests',
    { timeout: 1_200_000 },
    async () => {
      await using registry = await startStrictRegistry();
      const made = new Map<string, RawManifest>();
      for (const [tag, [layers, mediaType]] of Object.entries(images))
        made.set(tag, put(registry, tag, layers, mediaType));
      for (const layout of ['oci', 'oci-artifact', 'docker'] as const) {
        const { manifest, config, layer } = buildImage(wasm, { layout, metadata: { abi: '0.2.1' } });
        for (const { digest, bytes } of [config, layer])
          registry.store.open(repository).blobs.set(formatDigest(digest), Buffer.from(bytes));
        putManifest(registry, `ours-${layout}`, manifest);
      }
      const compat = made.get('compat') as RawManifest;
      const link = made.get('a-link') as RawManifest;
      const index = putIndex(registry, 'index', [
        [link, 'arm64'],
        [compat, 'amd64'],
      ]);
      putIndex(registry, 'index-of-others', [[compat, 'arm64']]);
      putIndex(registry, 'index-without-platforms', [[compat], [link, 'amd64']]);
      const references = [
        ...registry.store
          .open(repository)
          .tags.keys()
          .map((tag) => `${registry.host}/${repository}:${tag}`),
        `${registry.host}/${repository}:nowhere`,
        `${registry.host}/${repository}@${formatDigest(compat.digest)}`,
        `${registry.host}/${repository}@${formatDigest(index.digest)}`,
      ];
      // A repository with a name of one letter is more than the agent's library takes.
      registry.store.repositories.set('a', registry.store.open(repository));
      references.push(`${registry.host}/a:compat`);
      const theirs = await agentPull(references);
      const told = theirs.map((each) =>
        each.kind === 'taken' ? `${each.imageDigest} ${each.moduleDigest}` : 'refused',
      );
      const said = await Promise.all(references.map(ours));
      const both = (verdicts: readonly string[]) => references.map((name, at) => `${name} ${verdicts[at]}`);
      expect(both(said)).toEqual(both(told));
      // Neither side takes everything or refuses everything.
      expect(told.filter((each) => each === 'refused').length).toBeGreaterThan(10);
      expect(told.filter((each) => each !== 'refused').length).toBeGreaterThan(10);
    },
  );

  test.each([
    ['Registry Realm', true],
    ['http://10.0.0.1/', true],
    ['https://registry.example/', false],
  ])(
    'the realm %s of a password, which is any text, is no realm for the agent: %s',
    async (realm, refused) => {
      await using registry = await startRegistry({ htpasswd: { user: 'jane', password: 'secret', realm } });
      const credentials = { kind: 'basic', username: 'jane', password: 'secret' } as const;
      const options = {
        insecureRegistries: [registry.host],
        credentials: () => Promise.resolve(credentials),
      };
      const { image } = await pushModule(`${registry.host}/${repository}:1`, wasm, options);
      const { facts } = await readImage(image, options);
      const codes = agentDiagnostics(facts, { istio: newestIstio, onFailure: 'closed', pullSecret: 'jane' });
      expect(codes.map(({ code }) => code)).toEqual(refused ? ['WC-AGT-005'] : []);
      // It has no password here: what it says before it would need one tells.
      const [theirs] = await agentPull([image.replace('@', ':1@')]);
      expect(theirs).toEqual({
        kind: 'refused',
        error: expect.stringMatching(refused ? /rejected unsafe bearer realm/ : /UNAUTHORIZED|401/) as string,
      });
    },
  );
});
