import { execFile } from 'node:child_process';
import { createPublicKey, generateKeyPairSync } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { skipNote, startStrictRegistry } from '@wasmcast/testbed';
import { beforeAll, describe, expect, test } from 'vitest';
import {
  copyImage,
  createKeyPair,
  parseLocation,
  pushModule,
  readPrivateKey,
  readPublicKey,
  signImage,
  verifySignatures,
} from '../index.ts';
import type { KeyPair, OciOptions } from '../index.ts';
import { fakeModule } from '../testing/modules.ts';
import { encryptKey } from './keys.ts';
import { isSignedBy, signBytes, signingPayload } from './simple-signing.ts';
import { signedBundle, statementBy } from './statement.ts';

const nobody: OciOptions = { credentials: () => Promise.resolve({ kind: 'anonymous' }) };
const run = promisify(execFile);
const openssl = await run('openssl', ['version']).then(
  () => undefined,
  () => 'openssl is missing',
);

let pair: KeyPair;
let key: KeyObject;
let publicKey: KeyObject;
const stranger = generateKeyPairSync('ec', { namedCurve: 'P-256' }).publicKey;
beforeAll(async () => {
  pair = await createKeyPair('correct horse');
  key = await readPrivateKey(pair.privateKey, 'correct horse');
  publicKey = readPublicKey(pair.publicKey);
});

describe('keys', () => {
  test('are read back with their password, and not with another', async () => {
    expect(createPublicKey(key).equals(publicKey)).toBe(true);
    await expect(readPrivateKey(pair.privateKey, 'battery')).rejects.toMatchObject({ kind: 'key' });
    await expect(readPrivateKey('nonsense', 'x')).rejects.toMatchObject({ kind: 'key' });
    const plain = key.export({ type: 'pkcs8', format: 'pem' }).toString();
    expect((await readPrivateKey(plain, '')).equals(key)).toBe(true);
    const older = await encryptKey(key, 'pass', 'cosign');
    expect(older).toContain('BEGIN ENCRYPTED COSIGN PRIVATE KEY');
    expect((await readPrivateKey(older, 'pass')).equals(key)).toBe(true);
  });

  test('of another kind, or a private one where a public one belongs, are refused', () => {
    const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 }).publicKey;
    expect(() => readPublicKey(rsa.export({ type: 'spki', format: 'pem' }).toString())).toThrow(/rsa/);
    const plain = key.export({ type: 'pkcs8', format: 'pem' }).toString();
    expect(() => readPublicKey(plain)).toThrow(expect.objectContaining({ kind: 'key' }));
  });
});

describe.each([
  { form: 'tag', referrers: true },
  { form: 'bundle', referrers: true },
  { form: 'bundle', referrers: false },
] as const)('a signature as a $form (referrers API: $referrers)', ({ form, referrers }) => {
  test('is found by its key, not by another, once however often it is made, and goes along with a copy', async () => {
    await using registry = await startStrictRegistry({ referrers });
    const repository = `${registry.host}/a/b`;
    const { imageDigest } = await pushModule(`${repository}:1`, fakeModule(1000), nobody);
    expect(await verifySignatures(repository, imageDigest, [publicKey], nobody)).toEqual([]);
    for (const _ of [1, 2])
      expect(await signImage(`${repository}:1`, key, { ...nobody, form })).toBe(imageDigest);
    expect(await verifySignatures(repository, imageDigest, [stranger], nobody)).toEqual([]);
    const found = await verifySignatures(repository, imageDigest, [stranger, publicKey], nobody);
    expect(found).toMatchObject([{ form, key: 1, ...(form === 'tag' && { repository }) }]);

    const copy = `${registry.host}/mirror/b`;
    const at = (text: string) => parseLocation(text, '/');
    await copyImage(at(`${repository}:1`), at(`${copy}:1`), { ...nobody, referrers: true });
    expect(await verifySignatures(copy, imageDigest, [publicKey], nobody)).toHaveLength(1);
  });

  test('of another image is none of this one', async () => {
    await using registry = await startStrictRegistry({ referrers });
    const repository = `${registry.host}/a/b`;
    const one = await pushModule(`${repository}:1`, fakeModule(1000), nobody);
    const two = await pushModule(`${repository}:2`, fakeModule(1000, 'two'), nobody);
    await signImage(`${repository}:1`, key, { ...nobody, form: 'tag' });
    // Somebody who may push puts the signature of the one where that of the other would be.
    const store = registry.store.repositories.get('a/b');
    const from = store?.tags.get(`sha256-${one.imageDigest}.sig`) ?? '';
    store?.tags.set(`sha256-${two.imageDigest}.sig`, from);
    expect(await verifySignatures(repository, two.imageDigest, [publicKey], nobody)).toEqual([]);
    expect(await verifySignatures(repository, one.imageDigest, [publicKey], nobody)).toHaveLength(1);
  });
});

test('no bit of what is signed, or of the signature, can be changed', () => {
  const digest = '1'.repeat(64) as Parameters<typeof signingPayload>[1];
  const payload = signingPayload('registry.example/a', digest);
  const signature = signBytes(payload, key);
  expect(isSignedBy(payload, signature, publicKey)).toBe(true);
  const flipped = (bytes: Uint8Array, bit: number): Buffer => {
    const changed = Buffer.from(bytes);
    changed[bit >> 3] = (changed[bit >> 3] ?? 0) ^ (1 << (bit & 7));
    return changed;
  };
  const der = Buffer.from(signature, 'base64');
  for (let bit = 0; bit < payload.length * 8; bit += 1)
    expect(isSignedBy(flipped(payload, bit), signature, publicKey)).toBe(false);
  for (let bit = 0; bit < der.length * 8; bit += 1)
    expect(isSignedBy(payload, flipped(der, bit).toString('base64'), publicKey)).toBe(false);
  const bundle = JSON.parse(signedBundle(digest, key, publicKey).toString()) as {
    dsseEnvelope: { payload: string };
  };
  expect(statementBy(Buffer.from(JSON.stringify(bundle)), publicKey)?.digests).toEqual([digest]);
  const statement = Buffer.from(bundle.dsseEnvelope.payload, 'base64');
  for (let bit = 0; bit < statement.length * 8; bit += 1) {
    bundle.dsseEnvelope.payload = flipped(statement, bit).toString('base64');
    expect(statementBy(Buffer.from(JSON.stringify(bundle)), publicKey)).toBeUndefined();
  }
});

describe.skipIf(openssl !== undefined)(`openssl, by the same key pair${skipNote(openssl)}`, () => {
  test('verifies what we sign, and we verify what it signs', async () => {
    await using registry = await startStrictRegistry();
    const folder = await mkdtemp(join(tmpdir(), 'sign-'));
    const file = (name: string): string => join(folder, name);
    const repository = `${registry.host}/a/b`;
    const { imageDigest } = await pushModule(`${repository}:1`, fakeModule(1000), nobody);
    await signImage(`${repository}:1`, key, nobody);
    const tag = registry.store.manifest('a/b', `sha256-${imageDigest}.sig`)?.bytes.toString() ?? '';
    const [layer] = (JSON.parse(tag) as { layers: { digest: string; annotations: Record<string, string> }[] })
      .layers;
    const payload = registry.store.repositories.get('a/b')?.blobs.get(layer?.digest ?? '') ?? Buffer.from('');
    const signature = layer?.annotations['dev.cosignproject.cosign/signature'] ?? '';
    await writeFile(file('payload'), payload);
    await writeFile(file('signature'), Buffer.from(signature, 'base64'));
    await writeFile(file('pub'), pair.publicKey);
    await writeFile(file('key'), key.export({ type: 'pkcs8', format: 'pem' }));
    const verify = ['dgst', '-sha256', '-verify', file('pub'), '-signature', file('signature')];
    expect((await run('openssl', [...verify, file('payload')])).stdout).toContain('Verified OK');
    await run('openssl', ['dgst', '-sha256', '-sign', file('key'), '-out', file('theirs'), file('payload')]);
    const theirs = (await readFile(file('theirs'))).toString('base64');
    expect(isSignedBy(payload, theirs, publicKey)).toBe(true);
    await rm(folder, { recursive: true });
  });
});
