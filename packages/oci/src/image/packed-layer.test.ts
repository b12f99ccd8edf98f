import { expect, test, vi } from 'vitest';
import { contentOf } from '../content.ts';
import { sha256 } from '../remote/manifests.ts';
import { fakeModule } from '../testing/modules.ts';
import { gzipOf } from './gzip.ts';
import { packLayer } from './packed-layer.ts';
import { tarOf } from './tar-writer.ts';

test.each([8, 511, 512, 1_000_000, 5_000_000])(
  'a layer of %i bytes is the archive, compressed, whether it lies in memory or in a file',
  (size) => {
    const file = fakeModule(size);
    const archive = tarOf('plugin.wasm', file);
    const whole = gzipOf(archive);
    const layer = packLayer('plugin.wasm', file);
    const { bytes } = layer;
    expect(layer).toMatchObject({ digest: sha256(whole), size: whole.length, diffId: sha256(archive) });
    expect(bytes instanceof Uint8Array).toBe(size < 4_000_000);
    using content = bytes instanceof Uint8Array ? contentOf(bytes) : bytes;
    const part = (from: number, to: number): Buffer => Buffer.concat([...content.read(from, to)]);
    const half = Math.floor(whole.length / 2);
    const third = Math.floor(whole.length / 3);
    // One after the other, back to where a connection broke, all of it, and nothing.
    for (const [from, to] of [
      [0, 100],
      [100, half],
      [third, whole.length],
      [0, whole.length],
      [whole.length, whole.length],
    ] as const)
      expect(Buffer.compare(part(from, to), whole.subarray(from, to))).toBe(0);
  },
);

test('a large layer that no file can take is told, with what to do', () => {
  vi.stubEnv('TMPDIR', '/there/is/no/such/folder');
  try {
    expect(() => packLayer('plugin.wasm', fakeModule(5_000_000))).toThrow(
      expect.objectContaining({ kind: 'files', help: 'make room there, or set TMPDIR' }),
    );
  } finally {
    vi.unstubAllEnvs();
  }
});
