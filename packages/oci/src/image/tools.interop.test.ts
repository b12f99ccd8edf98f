import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { markdownTable } from '@wasmcast/core/testing';
import {
  agentPull,
  type ImageTools,
  imageTools,
  requireComponent,
  type RunningRegistry,
  skipNote,
  startRegistry,
} from '@wasmcast/testbed';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  agentDiagnostics,
  copyImage,
  formatDigest,
  isOciError,
  newestIstio,
  type OciOptions,
  parseLocation,
  pullModule,
  pushModule,
  readImage,
} from '../index.ts';
import { fakeModule } from '../testing/modules.ts';
import { tarEnd, tarHeader } from './tar-writer.ts';

const missing = (await requireComponent('agent')) ?? (await requireComponent('registry'));
const layouts = ['oci', 'oci-artifact', 'docker'] as const;
const wasm = fakeModule(3000);
const page = path.join(import.meta.dirname, '../../../../docs/image-interop.md');

let folder: string;
let registry: RunningRegistry;
let tools: ImageTools;
let options: OciOptions;

const ref = (tag: string): string => `${registry.host}/filters/a:${tag}`;
const inTransport = (tag: string): string => `docker://${ref(tag)}`;

function archive(name: string, bytes: Uint8Array): Buffer {
  const padding = Buffer.alloc((512 - (bytes.length % 512)) % 512);
  return Buffer.concat([tarHeader(name, bytes.length), bytes, padding, tarEnd]);
}

describe.skipIf(missing !== undefined)(`other people's tools for images${skipNote(missing)}`, () => {
  beforeAll(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'wasmcast-tools-'));
    registry = await startRegistry();
    tools = await imageTools(folder, registry.host);
    options = {
      insecureRegistries: [registry.host],
      credentials: () => Promise.resolve({ kind: 'anonymous' }),
    };
    await writeFile(path.join(folder, 'plugin.wasm'), wasm);
    await writeFile(path.join(folder, 'layer.tar.gz'), gzipSync(archive('plugin.wasm', wasm)));
    await writeFile(path.join(folder, 'config.json'), '{}');
    await writeFile(path.join(folder, 'other.wasm'), fakeModule(3000, 'other'));
    await writeFile(path.join(folder, 'Containerfile'), 'FROM scratch\nCOPY plugin.wasm ./\n');
    await writeFile(path.join(folder, 'Containerfile.other'), 'FROM scratch\nCOPY other.wasm plugin.wasm\n');
  }, 600_000);

  afterAll(async () => {
    await registry?.[Symbol.asyncDispose]();
    await rm(folder, { recursive: true, force: true });
  });

  test.each(layouts)('pull what we push, byte for byte: %s', { timeout: 120_000 }, async (layout) => {
    const tag = `ours-${layout}`;
    const pushed = await pushModule(ref(tag), wasm, { ...options, layout });
    const { manifest, facts } = await readImage(ref(tag), options);
    const digest = formatDigest(facts.imageDigest);
    expect(pushed.image.endsWith(digest)).toBe(true);
    const text = Buffer.from(manifest.bytes).toString('utf8');
    const { layers } = JSON.parse(text) as { readonly layers: readonly { readonly digest: string }[] };
    const layer = `${registry.host}/filters/a@${layers.at(-1)?.digest}`;

    expect((await tools.crane('digest', ref(tag))).trim()).toBe(digest);
    expect(await tools.crane('manifest', ref(tag))).toBe(text);
    await tools.crane('validate', '--remote', ref(tag));
    expect(await tools.oras('manifest', 'fetch', '--plain-http', ref(tag))).toBe(text);
    await tools.oras('blob', 'fetch', '--plain-http', '--output', 'layer', layer);
    const bytes = await readFile(path.join(folder, 'layer'));
    expect(moduleIn(bytes)).toEqual(Buffer.from(wasm));

    await tools.skopeo('copy', '--all', inTransport(tag), `dir:${folder}/${tag}`);
    expect(await readFile(path.join(folder, tag, 'manifest.json'), 'utf8')).toBe(text);
    await tools.skopeo(
      'copy',
      '--src-tls-verify=false',
      inTransport(tag),
      `oci-archive:${folder}/${tag}.tar:x`,
    );
    const saved = parseLocation(`oci-archive:${tag}.tar:x`, folder);
    await copyImage(saved, parseLocation(ref(`${tag}-back`), folder), options);
    expect(Buffer.from((await pullModule(ref(`${tag}-back`), options)).wasm)).toEqual(Buffer.from(wasm));
  });

  test('push what the agent takes or refuses, and we say which', { timeout: 300_000 }, async () => {
    for (const [name, command] of commands) {
      // oxlint-disable-next-line no-await-in-loop
      await push(name, command);
    }
    const made = commands.filter(([name]) => name !== '');
    const theirs = await agentPull(made.map(([name]) => ref(name)));
    const rows: string[][] = [];
    const told: string[] = [];
    for (const [i, [name, command]] of made.entries()) {
      const agent = theirs[i];
      // oxlint-disable-next-line no-await-in-loop
      const [layers, ours] = await Promise.all([layersOf(name), said(ref(name))]);
      const same = agent?.kind === 'taken' ? `${agent.imageDigest} ${agent.moduleDigest}` : 'refused';
      if (ours.digests !== same) told.push(`${name}: ${ours.digests} instead of ${same}`);
      rows.push([name, `\`${command}\``, layers, agent?.kind ?? '', ours.why]);
    }
    expect(told).toEqual([]);
    await expect(`${head}${markdownTable(columns, rows)}\n`).toMatchFileSnapshot(page);
  });
});

const columns = ['image', 'pushed by', 'layers (application/…)', "Istio's agent", 'wasmcast'];

const head = `# What other tools push, and what becomes of it

Written by \`packages/oci/src/image/tools.interop.test.ts\`: each row is an image that the tool itself pushed to a real registry; the
agent's verdict is that of Istio's own code of the version that the mesh tests run (older ones: \`packages/oci/src/agent\`, derived
from their sources). wasmcast says the same of every row, with the same two digests.

`;

const artifact = 'application/vnd.module.wasm';

/** What the tools are told; `IMAGE` is the image of this row, `@name` that of another. Without a name it is on the way to one. */
const commands: readonly (readonly [name: string, command: string])[] = [
  ['crane-docker', 'crane append -f layer.tar.gz -t IMAGE'],
  ['crane-oci', 'crane append --oci-empty-base -f layer.tar.gz -t IMAGE'],
  ['crane-index', 'crane index append -m @crane-oci -t IMAGE'],
  [
    'oras-artifact',
    `oras push --plain-http IMAGE config.json:${artifact}.config.v1+json plugin.wasm:${artifact}.content.layer.v1+wasm`,
  ],
  [
    'oras-config-apart',
    `oras push --plain-http --config config.json:${artifact}.config.v1+json IMAGE plugin.wasm:${artifact}.content.layer.v1+wasm`,
  ],
  ['oras-one-raw-layer', `oras push --plain-http IMAGE plugin.wasm:${artifact}.content.layer.v1+wasm`],
  [
    'oras-cncf-artifact',
    'oras push --plain-http --config config.json:application/vnd.wasm.config.v0+json IMAGE plugin.wasm:application/wasm',
  ],
  ['oras-copy', 'oras cp --from-plain-http --to-plain-http @crane-oci IMAGE'],
  ['skopeo-oci', 'skopeo copy --format=oci docker://@crane-docker docker://IMAGE'],
  ['skopeo-docker', 'skopeo copy --format=v2s2 docker://@crane-oci docker://IMAGE'],
  ['', 'buildah build --isolation=chroot -t built .'],
  ['buildah-oci', 'buildah push --format=oci built docker://IMAGE'],
  ['buildah-docker', 'buildah push --format=docker built docker://IMAGE'],
  // Of another module: a layer that the registry has already would not be packed anew.
  ['', 'buildah build --isolation=chroot -f Containerfile.other -t other .'],
  ['buildah-zstd', 'buildah push --compression-format=zstd --format=oci other docker://IMAGE'],
];

async function push(name: string, command: string): Promise<void> {
  const [tool = '', verb = '', ...rest] = command.split(' ');
  const args = rest.map((word) =>
    word.replace(
      /^(docker:\/\/)?(?:IMAGE|@(.+))$/,
      (_, scheme = '', other = name) => `${scheme}${ref(other)}`,
    ),
  );
  await tools[tool as keyof ImageTools](verb, ...args);
}

/** The media types of its layers, without what all of them begin with. */
async function layersOf(name: string): Promise<string> {
  const manifest = JSON.parse(await tools.crane('manifest', '--platform=linux/amd64', ref(name))) as {
    readonly layers: readonly { readonly mediaType: string }[];
  };
  return manifest.layers.map(({ mediaType }) => mediaType.replace('application/', '')).join(', ');
}

async function said(reference: string): Promise<{ readonly digests: string; readonly why: string }> {
  try {
    const { facts } = await readImage(reference, options);
    const faults = agentDiagnostics(facts, { istio: newestIstio, onFailure: 'closed' });
    const [fault] = faults.filter(({ severity }) => severity === 'error');
    if (fault !== undefined || facts.module.kind === 'refused')
      return {
        digests: 'refused',
        why: `refused, ${fault?.code ?? ''}: ${fault?.summary.replaceAll(reference, 'it') ?? ''}`,
      };
    return { digests: `${facts.imageDigest} ${facts.module.digest}`, why: 'taken' };
  } catch (error) {
    if (!isOciError(error)) throw error;
    return { digests: 'refused', why: `refused: ${error.message.replaceAll(reference, 'it')}` };
  }
}

/** The module of a layer: the layer itself, or the one file of the archive in it. */
function moduleIn(layer: Buffer): Buffer {
  if (layer.subarray(0, 4).equals(Buffer.from('\0asm'))) return layer;
  const tar = gunzipSync(layer);
  const at = tar.indexOf('\0asm');
  return tar.subarray(at, at + wasm.length);
}
