import { createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { buildImage } from './image/build.ts';
import { pullModule } from './index.ts';
import { OciError } from './errors.ts';
import { formatDigest } from './reference/digest.ts';
import { sha256 } from './remote/manifests.ts';
import { sendManifest, startServer } from './testing/scripted-registry.ts';
import { fakeModule } from './testing/modules.ts';

/** Mutations of each part; all 10,000 of both kinds with `npm run test:full`. */
const count = process.env['WASMCAST_FULL'] === '1' ? 2500 : 60;

const layouts = ['oci', 'oci-artifact'] as const;

/** Numbers that are the same in every run. */
function* numbers(seed: string): Generator<number, never, undefined> {
  for (let at = 0; ; at += 1) yield createHash('sha256').update(`${seed} ${at}`).digest().readUInt32LE(0);
}

/** Bytes with one thing changed: a bit, a byte, a stretch taken out, doubled or filled, an end cut off. */
function mutated(bytes: Uint8Array, random: Generator<number, never, undefined>): Buffer {
  const next = (below: number): number => random.next().value % Math.max(1, below);
  const at = next(bytes.length);
  const length = 1 + next(16);
  const result = Buffer.from(bytes);
  const [head, tail] = [result.subarray(0, at), result.subarray(at + length)];
  switch (next(6)) {
    case 0:
      result[at] = (result[at] ?? 0) ^ (1 << next(8));
      return result;
    case 1:
      result[at] = next(256);
      return result;
    case 2:
      return Buffer.concat([head, tail]);
    case 3:
      return Buffer.concat([head, result.subarray(at, at + length), result.subarray(at)]);
    case 4:
      return Buffer.concat([head, Buffer.alloc(length, next(256)), tail]);
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

/** `module` for a real one that is called by its right digest, the name of a refusal, or what else came of it. */
function outcomeOf(result: unknown): string {
  if (result instanceof OciError) return result.kind;
  const { wasm, moduleDigest } = result as { readonly wasm?: Uint8Array; readonly moduleDigest?: string };
  const valid = wasm !== undefined && moduleDigest === sha256(wasm);
  return valid && Buffer.from(wasm).toString('latin1').startsWith('\0asm') ? 'module' : String(result);
}

describe.each(layouts)('an image in the layout %s with one thing changed', (layout) => {
  const wasm = fakeModule(700);
  const image = buildImage(wasm, { layout, metadata: { abi: '0.2.1' } });
  const { manifest, layer } = image;

  test.each(['manifest', 'layer'] as const)(
    'in its %s: refused by name; with the digests made right again also that, or another module that is one',
    { timeout: 300_000 },
    async (part) => {
      let served: { readonly manifest: Uint8Array; readonly layer: Uint8Array } = {
        manifest: manifest.bytes,
        layer: layer.bytes,
      };
      await using registry = await startServer(({ path }, response) => {
        if (path.includes('/manifests/')) sendManifest(response, served.manifest);
        else response.end(served.layer);
      });
      const options = {
        credentials: () => Promise.resolve({ kind: 'anonymous' } as const),
        limits: { attempts: 1 },
      };
      const pull = (digest: string): Promise<unknown> =>
        pullModule(`${registry.host}/a/b@${digest}`, options).catch((error: unknown) => error);
      const random = numbers(`${layout} ${part}`);
      const outcomes: string[] = [];
      for (let index = 0; index < count; index += 1) {
        const original = part === 'manifest' ? manifest.bytes : layer.bytes;
        const changed = mutated(original, random);
        if (changed.equals(original)) continue;
        // As it is: somebody between us and the registry changed it.
        served = { manifest: manifest.bytes, layer: layer.bytes, [part]: changed };
        expect(await pull(formatDigest(manifest.digest))).toMatchObject({ kind: 'digestMismatch' });
        // With all digests recomputed: whoever pushes made it so.
        const text = Buffer.from(manifest.bytes).toString();
        const fitting =
          part === 'manifest'
            ? changed
            : Buffer.from(
                text
                  .replaceAll(layer.digest, sha256(changed))
                  .replaceAll(`"size":${layer.size}`, `"size":${changed.length}`),
              );
        served = { manifest: fitting, layer: part === 'layer' ? changed : layer.bytes };
        const result = await pull(formatDigest(sha256(fitting)));
        outcomes.push(outcomeOf(result));
      }
      expect(outcomes.length).toBeGreaterThan(count * 0.8);
      expect(outcomes.filter((each) => each !== 'module' && !known.has(each))).toEqual([]);
    },
  );
});
