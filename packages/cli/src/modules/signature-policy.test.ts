import { generateKeyPairSync } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, test } from 'vitest';
import { pushModule, signImage } from '@wasmcast/oci';
import { startStrictRegistry } from '@wasmcast/testbed';
import type { Context } from '../context.ts';
import { signaturePolicy } from './signature-policy.ts';
import { trailModule } from '../../test/support/shop.ts';

const nobody = { credentials: () => Promise.resolve({ kind: 'anonymous' } as const) };

test('an index that a lock names vouches for nothing that it does not lead to', async () => {
  await using registry = await startStrictRegistry();
  const folder = await mkdtemp(path.join(tmpdir(), 'policy-'));
  try {
    const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    await writeFile(path.join(folder, 'k.pub'), publicKey.export({ type: 'spki', format: 'pem' }));
    const wasm = await trailModule();
    const place = `${registry.host}/a/b`;
    const good = await pushModule(`${place}:1`, wasm, nobody);
    const bad = await pushModule(`${place}:2`, Buffer.concat([wasm, Buffer.from([0, 2, 1, 97])]), nobody);
    await signImage(`${place}:1`, privateKey, nobody);
    const signal = new AbortController().signal;
    const context: Context = {
      stdout: { write: () => {}, isTerminal: false },
      stderr: { write: () => {}, isTerminal: false },
      stdin: [] as unknown as AsyncIterable<Uint8Array>,
      env: { HOME: folder },
      cwd: folder,
      user: 'me@here',
      stop: signal,
      signal,
    };
    const declaredIn = path.join(folder, 'wasmcast.yaml');
    const rule = { repository: '*', keys: ['k.pub'], attestations: [], unsigned: false, declaredIn };
    const policy = signaturePolicy([rule], context);
    const codes = async (digest: string, index?: typeof good.imageDigest) =>
      (await policy({ reference: `${place}@sha256:${digest}`, ...(index && { index }) }, signal)).map(
        ({ code }) => code,
      );
    expect(await codes(good.imageDigest)).toEqual([]);
    expect(await codes(bad.imageDigest, good.imageDigest)).toEqual(['WC-SIG-001']);
    const gone = 'f'.repeat(64) as typeof good.imageDigest;
    expect(await codes(good.imageDigest, gone)).toEqual([]);
    expect(await codes(bad.imageDigest, gone)).toEqual(['WC-SIG-001']);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});
