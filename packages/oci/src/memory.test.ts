import { execFile } from 'node:child_process';
import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import process from 'node:process';
import { promisify } from 'node:util';
import { createGzip, gzipSync } from 'node:zlib';
import { startRegistry } from '@wasmcast/testbed';
import { expect, test } from 'vitest';
import { tarHeader } from './image/tar-writer.ts';
import { sha256 } from './remote/manifests.ts';
import { endless, honest, image, on, sendManifest, startServer } from './testing/scripted-registry.ts';

const MiB = 1024 * 1024;
const limit = 64 * MiB;
const program = path.join(import.meta.dirname, 'testing/pull-and-weigh.ts');
const zeros = Buffer.alloc(MiB);

/** A gzip of so many MiB of zeros behind these bytes: a thousandth of it. */
async function bomb(first: Uint8Array, size: number): Promise<Buffer> {
  const gzip = createGzip();
  const packed = gzip.toArray() as Promise<Buffer[]>;
  gzip.write(first);
  for (let at = 0; at < size; at += 1)
    if (!gzip.write(zeros)) await new Promise((resolve) => gzip.once('drain', resolve));
  gzip.end();
  return Buffer.concat(await packed);
}

/** The manifest of the honest image with another layer. */
function manifestWith(layer: { readonly digest: string; readonly size: number }): Buffer {
  const text = Buffer.from(image.manifest.bytes).toString();
  return Buffer.from(
    text
      .replaceAll(image.layer.digest, layer.digest)
      .replaceAll(`"size":${image.layer.size}`, `"size":${layer.size}`),
  );
}

interface Weighed {
  readonly outcome: string;
  readonly grown: number;
}

/** Pulls that layer in a process of its own, which may take no module of more than 64 MiB. */
async function pulled(layer: Uint8Array | 'endless'): Promise<Weighed> {
  const described =
    layer === 'endless'
      ? { digest: 'a'.repeat(64), size: limit }
      : { digest: sha256(layer), size: layer.length };
  await using registry = await startServer(
    on('GET', '/v2/a/b/manifests/evil', (_, response) => sendManifest(response, manifestWith(described))),
    on('GET', `/v2/a/b/blobs/sha256:${described.digest}`, (_, response) => {
      if (layer === 'endless') endless(response, zeros);
      else response.end(layer);
    }),
    honest,
  );
  const at = `${registry.host}/a/b`;
  const { stdout } = await promisify(execFile)(process.execPath, [
    program,
    `${at}:1`,
    `${at}:evil`,
    String(limit),
  ]);
  return JSON.parse(stdout) as Weighed;
}

test.each([
  [
    'a bomb that says how large it is',
    async () => bomb(tarHeader('plugin.wasm', 512 * MiB), 512),
    'tooLarge',
  ],
  [
    'a bomb that lies about it',
    async () => bomb(tarHeader('plugin.wasm', 1000), 512),
    'digest|notWasm|tooLarge',
  ],
  ['a bomb before the module', async () => bomb(tarHeader('other', 512 * MiB), 512), 'tooLarge'],
  ['a size that no memory has', async () => gzipSync(tarHeader('plugin.wasm', 2 ** 33 - 1)), 'tooLarge'],
  ['a body without end', () => Promise.resolve('endless' as const), 'digestMismatch|archive'],
] as const)(
  '%s takes no more memory than the limit and 32 MiB',
  { timeout: 60_000 },
  async (_, layer, outcome) => {
    const weighed = await pulled(await layer());
    expect(weighed.outcome).toMatch(new RegExp(`^(${outcome})$`));
    expect(weighed.grown).toBeLessThan(limit + 32 * MiB);
  },
);

test(
  'a module of 128 MiB is pulled by a process that grows by no more than 96 MiB, and pushed by one that holds it once besides',
  {
    timeout: 120_000,
  },
  async () => {
    await using registry = await startRegistry();
    const folder = await mkdtemp(path.join(tmpdir(), 'wc-weigh-'));
    const size = 128 * MiB;
    const carry = path.join(import.meta.dirname, 'testing/carry-and-weigh.ts');
    // Node lets some 64 MiB of buffers that nobody needs lie about before it collects them.
    const grown = async (what: string): Promise<number> => {
      const argv = [carry, what, registry.host, String(size), path.join(folder, 'module.wasm')];
      return Number((await promisify(execFile)(process.execPath, argv)).stdout);
    };
    try {
      expect((await grown('push')) - size).toBeLessThan(96 * MiB);
      expect(await grown('pull')).toBeLessThan(96 * MiB);
      expect((await stat(path.join(folder, 'module.wasm'))).size).toBe(size);
    } finally {
      await rm(folder, { recursive: true });
    }
  },
);
