import { createHash, generateKeyPairSync } from 'node:crypto';
import { startStrictRegistry } from '@wasmcast/testbed';
import { beforeAll, describe, expect, test } from 'vitest';
import { attachFile, attestImage, findSignatures, pushModule } from '../index.ts';
import type { OciOptions } from '../index.ts';
import { fakeModule } from '../testing/modules.ts';
import { testSigstore, workflow } from '../testing/sigstore.ts';
import type { TestSigstore } from '../testing/sigstore.ts';
import { keylessVerifier } from './keyless.ts';
import { bundleType } from './statement.ts';

const nobody: OciOptions = { credentials: () => Promise.resolve({ kind: 'anonymous' }) };
const digest = 'a'.repeat(64) as Parameters<TestSigstore['sign']>[0]['digest'];

let sigstore: TestSigstore;
let bundle: string;
beforeAll(async () => {
  sigstore = await testSigstore();
  bundle = await sigstore.sign({ digest });
});

/** Who is believed to have signed these bytes, by a rule for these identities. */
async function signer(
  bytes: string,
  identities = [workflow as { issuer: string; subject: string }],
  by = sigstore,
) {
  return (await keylessVerifier({ trustedRoot: by.trustedRoot, identities })).statement(Buffer.from(bytes))
    ?.identity;
}

describe('a keyless bundle, without a network', () => {
  test('is by whom its certificate is for', async () => {
    expect(await signer(bundle)).toEqual(workflow);
    const anyTag = { ...workflow, subject: workflow.subject.replace(/v1$/, '*') };
    expect(await signer(bundle, [{ issuer: 'x', subject: 'y' }, anyTag])).toEqual(workflow);
  });

  test('by somebody else, or vouched for by somebody else, is none', async () => {
    const { issuer, subject } = workflow;
    const others = [
      { issuer, subject: subject.replace('team', 'mallory') },
      { issuer: 'https://issuer.example', subject },
      { issuer, subject: subject.slice(0, -1) },
      { issuer, subject: subject.replace('.github', 'xgithub') },
      { issuer: '*', subject },
    ];
    for (const other of others) expect(await signer(bundle, [other])).toBeUndefined();
    const stranger = await testSigstore();
    expect(await signer(await stranger.sign({ digest }))).toBeUndefined();
    expect(await signer(bundle, undefined, stranger)).toBeUndefined();
  });

  test('with anything of it changed is none', async () => {
    interface Entry {
      logIndex: string;
      integratedTime: string;
      canonicalizedBody: string;
      inclusionPromise: { signedEntryTimestamp: string };
      inclusionProof: { checkpoint: { envelope: string } };
    }
    interface Parts {
      mediaType: string;
      verificationMaterial: { certificate: { rawBytes: string }; tlogEntries: Entry[] };
      dsseEnvelope: { payload: string; payloadType: string; signatures: { sig: string }[] };
    }
    const other = JSON.parse(await sigstore.sign({ digest, subject: 'jane@example.com' })) as Parts;
    const flip = (text: string): string => {
      const bytes = Buffer.from(text, 'base64');
      const at = bytes.length >> 1;
      bytes[at] = (bytes[at] ?? 0) ^ 1;
      return bytes.toString('base64');
    };
    const first = ({ verificationMaterial }: Parts): Entry => {
      const [entry] = verificationMaterial.tlogEntries;
      if (entry === undefined) throw new Error('no entry');
      return entry;
    };
    const changes: readonly ((parts: Parts) => void)[] = [
      (b) => (b.dsseEnvelope.payload = flip(b.dsseEnvelope.payload)),
      (b) => (b.dsseEnvelope.payloadType = 'text/plain'),
      (b) => (b.dsseEnvelope.signatures = [{ sig: flip(b.dsseEnvelope.signatures[0]?.sig ?? '') }]),
      (b) => (b.dsseEnvelope.signatures = other.dsseEnvelope.signatures),
      (b) => (b.dsseEnvelope.signatures = []),
      (b) => (b.verificationMaterial.certificate = other.verificationMaterial.certificate),
      (b) =>
        (b.verificationMaterial.certificate = {
          rawBytes: flip(b.verificationMaterial.certificate.rawBytes),
        }),
      (b) => (b.verificationMaterial.tlogEntries = []),
      (b) => (b.verificationMaterial.tlogEntries = other.verificationMaterial.tlogEntries),
      (b) => (first(b).integratedTime = String(Number(first(b).integratedTime) + 1)),
      (b) => (first(b).canonicalizedBody = flip(first(b).canonicalizedBody)),
      (b) =>
        (first(b).inclusionPromise.signedEntryTimestamp = flip(
          first(b).inclusionPromise.signedEntryTimestamp,
        )),
      (b) => (first(b).inclusionProof.checkpoint.envelope = first(other).inclusionProof.checkpoint.envelope),
      (b) => (b.mediaType = 'application/json'),
      // Signed is then what is in no envelope; the envelope may say anything.
      (b) =>
        Object.assign(b, {
          messageSignature: {
            messageDigest: {
              algorithm: 'SHA2_256',
              digest: createHash('sha256').update(b.dsseEnvelope.payload, 'base64').digest('base64'),
            },
            signature: b.dsseEnvelope.signatures[0]?.sig,
          },
        }),
    ];
    for (const [index, change] of changes.entries()) {
      const parts = JSON.parse(bundle) as Parts;
      change(parts);
      expect([index, await signer(JSON.stringify(parts))]).toEqual([index, undefined]);
    }
    for (const text of ['', '{}', 'null', '[]', bundle.slice(1)]) expect(await signer(text)).toBeUndefined();
  });

  test('a trusted root that is none is named', async () => {
    const trust = { trustedRoot: 'no JSON', identities: [workflow] };
    await expect(keylessVerifier(trust)).rejects.toMatchObject({ kind: 'key' });
  });
});

describe('what is found on an image', () => {
  test('are keyless signatures over it, and what those who are believed attest', async () => {
    await using registry = await startStrictRegistry();
    const reference = `${registry.host}/a/b:1`;
    const { imageDigest } = await pushModule(reference, fakeModule(1000), nobody);
    const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const stranger = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const attach = (text: string) =>
      attachFile(reference, { artifactType: bundleType, bytes: Buffer.from(text) }, nobody);
    const look = () =>
      findSignatures(
        reference,
        imageDigest,
        { keys: [publicKey], keyless: { trustedRoot: sigstore.trustedRoot, identities: [workflow] } },
        nobody,
      );
    // Right, but of another image.
    await attach(bundle);
    expect(await look()).toEqual({ seen: 1, verified: [], attestations: [] });
    await attach(await sigstore.sign({ digest: imageDigest }));
    expect(await look()).toMatchObject({ seen: 2, verified: [{ form: 'bundle', identity: workflow }] });

    const provenance = {
      predicateType: 'https://slsa.dev/provenance/v1',
      predicate: { buildDefinition: {} },
    };
    expect(await attestImage(reference, stranger.privateKey, provenance, nobody)).toBe(imageDigest);
    expect((await look()).attestations).toEqual([]);
    await attestImage(reference, privateKey, provenance, nobody);
    await attach(await sigstore.sign({ digest: imageDigest, predicateType: 'https://spdx.dev/Document' }));
    expect((await look()).attestations.map((each) => each.predicateType).toSorted()).toEqual([
      'https://slsa.dev/provenance/v1',
      'https://spdx.dev/Document',
    ]);
    // What is attested is no signature.
    expect((await look()).verified).toHaveLength(1);
  });
});
