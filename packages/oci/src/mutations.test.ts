import { createHash } from 'node:crypto';
import { seeds } from '@wasmcast/core/testing';
import { describe, expect, test } from 'vitest';
import { buildImage } from './image/build.ts';
import type { Blob } from './image/documents.ts';
import { inspectImage } from './index.ts';
import { OciError } from './errors.ts';
import { formatDigest } from './reference/digest.ts';
import { sha256 } from './remote/manifests.ts';
import { sendManifest, startServer } from './testing/scripted-registry.ts';
import { fakeModule } from './testing/modules.ts';

/** What is changed, in images of which layout: each part that is read of an image. */
const cells = [
  ['oci', 'manifest'],
  ['oci', 'layer'],
  ['oci-artifact', 'manifest'],
  ['oci-artifact', 'layer'],
  ['docker', 'config'],
] as const;

/** Of each cell; every change is served twice, so that all of them are 10,000 with `npm run test:full`. */
const cases = { slice: 60, full: 1000 };

/** Bytes with one thing changed: a bit, a byte, a stretch taken out, doubled or filled, an end cut off. */
function mutated(bytes: Uint8Array, seed: string): Buffer {
  const random = createHash('sha256').update(seed).digest();
  const next = (place: number, below: number): number => random.readUInt32LE(place * 4) % Math.max(1, below);
  const at = next(0, bytes.length);
  const length = 1 + next(1, 16);
  const result = Buffer.from(bytes);
  const [head, tail] = [result.subarray(0, at), result.subarray(at + length)];
  switch (next(2, 6)) {
    case 0:
      result[at] = (result[at] ?? 0) ^ (1 << next(3, 8));
      return result;
    case 1:
      // Never the byte that is there.
      result[at] = ((result[at] ?? 0) + 1 + next(3, 255)) & 0xff;
      return result;
    case 2:
      return Buffer.concat([head, tail]);
    case 3:
      return Buffer.concat([head, result.subarray(at, at + length), result.subarray(at)]);
    case 4:
      return Buffer.concat([head, Buffer.alloc(length, next(3, 256)), tail, Buffer.from([0])]);
    default:
      return head;
  }
}

/** What is wrong with an image, by name. */
const known = new Set<string>([
  'layout',
  'archive',
  'notWasm',
  'malformed',
  'digest',
  'digestMismatch',
  'tooLarge',
]);

type Parts = Readonly<Record<'manifest' | 'config' | 'layer', Uint8Array>>;

/** `module` for a real one that is called by its right digest, the name of a refusal, or what else came of it. */
function outcomeOf(result: unknown): string {
  if (result instanceof OciError) return result.kind;
  if (!(result instanceof Object) || !('facts' in result)) return String(result);
  const { wasm, facts } = result as Awaited<ReturnType<typeof inspectImage>>;
  if (facts.module.kind === 'refused') return facts.module.reason;
  const valid = wasm !== undefined && facts.module.digest === sha256(wasm);
  return valid && Buffer.from(wasm).toString('latin1').startsWith('\0asm') ? 'module' : 'no module';
}

describe.each(cells)('an image in the layout %s with one thing changed in its %s', (layout, part) => {
  const image = buildImage(fakeModule(700), { layout, metadata: { abi: '0.2.1' } });
  const honest: Parts = {
    manifest: image.manifest.bytes,
    config: image.config.bytes,
    layer: image.layer.bytes,
  };

  /** The manifest that names a blob by what it has become. */
  const renamed = (blob: Blob, changed: Uint8Array): Buffer =>
    Buffer.from(
      Buffer.from(honest.manifest)
        .toString()
        .replaceAll(blob.digest, sha256(changed))
        .replaceAll(`"size":${blob.size}`, `"size":${changed.length}`),
    );

  test(
    'is refused by name; with the digests made right again also that, or another module that is one',
    { timeout: 600_000 },
    async () => {
      let served = honest;
      const contentType = { 'content-type': image.manifest.mediaType };
      await using registry = await startServer(({ path }, response) => {
        const digests = [image.config.digest, sha256(served.config)];
        if (path.includes('/manifests/sha256:')) sendManifest(response, served.manifest, contentType);
        else if (!path.includes('/blobs/')) response.writeHead(404).end();
        else response.end(digests.some((each) => path.endsWith(each)) ? served.config : served.layer);
      });
      const options = {
        credentials: () => Promise.resolve({ kind: 'anonymous' } as const),
        limits: { attempts: 1 },
      };
      const pull = (digest: string): Promise<unknown> =>
        inspectImage(`${registry.host}/a/b@${digest}`, options).catch((error: unknown) => error);
      const all = seeds(cases, process.env);
      for (const seed of all) {
        const changed = mutated(honest[part], `${layout} ${part} ${seed}`);
        // As it is: somebody between us and the registry changed it.
        served = { ...honest, [part]: changed };
        expect(outcomeOf(await pull(formatDigest(image.manifest.digest))), `seed ${seed}`).toBe(
          'digestMismatch',
        );
        // With all digests recomputed: whoever pushes made it so.
        const manifest = part === 'manifest' ? changed : renamed(image[part], changed);
        served = { ...honest, [part]: changed, manifest };
        const outcome = outcomeOf(await pull(formatDigest(sha256(manifest))));
        expect(outcome === 'module' || known.has(outcome), `seed ${seed}: ${outcome}`).toBe(true);
      }
      expect(all.length).toBeGreaterThan(0);
    },
  );
});
