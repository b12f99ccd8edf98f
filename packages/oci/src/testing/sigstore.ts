import { createHash, createPublicKey, generateKeyPairSync, sign } from 'node:crypto';
import type { KeyPairKeyObjectResult } from 'node:crypto';
import { initializeCA, initializeCTLog, initializeTLog } from '@sigstore/mock';
import { canonicalJson } from '@wasmcast/core';
import type { JsonObject, Sha256 } from '@wasmcast/core';
import { signingPayload, simpleSigningType } from '../sign/simple-signing.ts';
import { bundleType, preAuthentication, signPredicate, statementType } from '../sign/statement.ts';

/** Who asks for a certificate, and what is changed of what comes of it. */
export interface KeylessInput {
  readonly digest: Sha256;
  readonly issuer?: string;
  readonly subject?: string;
  readonly predicateType?: string;
  readonly predicate?: JsonObject;
}

/** What Rekor answers (its API v1), as far as a bundle carries it. */
interface LogEntry {
  readonly body: string;
  readonly integratedTime: number;
  readonly logID: string;
  readonly logIndex: number;
  readonly verification: {
    readonly signedEntryTimestamp: string;
    readonly inclusionProof: {
      readonly logIndex: number;
      readonly treeSize: number;
      readonly rootHash: string;
      readonly checkpoint: string;
    };
  };
}

/** A layer under one of the tags of cosign up to its version 2. */
export interface TaggedLayer {
  readonly mediaType: string;
  readonly bytes: Buffer;
  readonly annotations: Readonly<Record<string, string>>;
}

/** A Sigstore of a test's own: an authority, its transparency log, and one of signatures. */
export interface TestSigstore {
  /** `trusted_root.json` */
  readonly trustedRoot: string;
  /** A keyless bundle, as JSON. */
  sign(input: KeylessInput): Promise<string>;
  /** What the tag `sha256-….sig` holds of a keyless signature, as `cosign sign` of version 2 writes it. */
  signTag(input: KeylessInput): Promise<TaggedLayer>;
  /** What the tag `sha256-….att` holds of a keyless attestation, as `cosign attest` of version 2 writes it. */
  attestTag(input: KeylessInput): Promise<TaggedLayer>;
}

export const workflow = {
  issuer: 'https://token.actions.githubusercontent.com',
  subject: 'https://github.com/team/filters/.github/workflows/release.yml@refs/tags/v1',
} as const;

const newPair = (): KeyPairKeyObjectResult => generateKeyPairSync('ec', { namedCurve: 'P-256' });
const base64 = (bytes: ArrayBufferView | Uint8Array): string =>
  Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64');

/** Sets one up; each call another, which no other one's root trusts. */
export async function testSigstore(): Promise<TestSigstore> {
  const [ctPair, caPair, tlogPair] = [newPair(), newPair(), newPair()];
  const ctLog = await initializeCTLog(ctPair);
  const ca = await initializeCA(caPair, ctLog);
  const tlog = await initializeTLog('https://rekor.test', tlogPair);
  const validFor = { start: new Date(Date.now() - 3_600_000).toISOString() };
  const logOf = (key: Buffer, keyId: string): JsonObject => ({
    baseUrl: 'https://rekor.test',
    hashAlgorithm: 'SHA2_256',
    logId: { keyId },
    publicKey: { rawBytes: base64(key), keyDetails: 'PKIX_ECDSA_P256_SHA_256', validFor },
  });
  const trustedRoot = canonicalJson({
    mediaType: 'application/vnd.dev.sigstore.trustedroot+json;version=0.1',
    certificateAuthorities: [
      {
        subject: { organization: 'sigstore.mock', commonName: 'sigstore' },
        uri: 'https://fulcio.test',
        certChain: { certificates: [{ rawBytes: base64(ca.rootCertificate) }] },
        validFor,
      },
    ],
    ctlogs: [logOf(ctLog.publicKey, base64(ctLog.logID))],
    tlogs: [logOf(tlog.publicKey, createHash('sha256').update(tlog.publicKey).digest('base64'))],
    timestampAuthorities: [],
  });
  const rootPem = `-----BEGIN CERTIFICATE-----\n${base64(ca.rootCertificate)}\n-----END CERTIFICATE-----\n`;
  /** A certificate for a new key, and that key. */
  const certify = async ({
    issuer = workflow.issuer,
    subject = workflow.subject,
  }: KeylessInput): Promise<{
    readonly der: ArrayBufferView;
    readonly pem: string;
    sign(bytes: Buffer): string;
  }> => {
    const pair = newPair();
    const spki = createPublicKey(pair.privateKey.export({ type: 'pkcs8', format: 'pem' })).export({
      type: 'spki',
      format: 'der',
    });
    const der = await ca.issueCertificate({
      publicKey: new Uint8Array(spki),
      subjectAltName: subject,
      extensions: [{ oid: '1.3.6.1.4.1.57264.1.8', value: issuer }],
    });
    return {
      der,
      pem: `-----BEGIN CERTIFICATE-----\n${base64(der)}\n-----END CERTIFICATE-----\n`,
      sign: (bytes) => sign('sha256', bytes, pair.privateKey).toString('base64'),
    };
  };
  const logged = async (body: JsonObject): Promise<LogEntry> => {
    const [entry] = Object.values((await tlog.log(body)) as Readonly<Record<string, LogEntry>>);
    if (entry === undefined) throw new Error('the log took nothing');
    return entry;
  };
  /** A statement in an envelope, and what the log has of it. */
  const state = async (input: KeylessInput) => {
    const certificate = await certify(input);
    const payload = Buffer.from(
      canonicalJson({
        _type: 'https://in-toto.io/Statement/v1',
        subject: [{ digest: { sha256: input.digest } }],
        predicateType: input.predicateType ?? signPredicate,
        predicate: input.predicate ?? {},
      }),
    );
    const sig = certificate.sign(preAuthentication(payload));
    const entry = await logged({
      apiVersion: '0.0.1',
      kind: 'dsse',
      spec: {
        payloadHash: { algorithm: 'sha256', value: sha256(payload) },
        signatures: [{ signature: sig, verifier: Buffer.from(certificate.pem).toString('base64') }],
      },
    });
    const envelope = {
      payload: payload.toString('base64'),
      payloadType: statementType,
      signatures: [{ sig }],
    };
    return { certificate, envelope, entry };
  };
  return {
    trustedRoot,
    async sign(input) {
      const { certificate, envelope, entry } = await state(input);
      const { inclusionProof, signedEntryTimestamp } = entry.verification;
      return canonicalJson({
        mediaType: bundleType,
        verificationMaterial: {
          certificate: { rawBytes: base64(certificate.der) },
          tlogEntries: [
            {
              logIndex: String(entry.logIndex),
              logId: { keyId: Buffer.from(entry.logID, 'hex').toString('base64') },
              kindVersion: { kind: 'dsse', version: '0.0.1' },
              integratedTime: String(entry.integratedTime),
              inclusionPromise: { signedEntryTimestamp },
              inclusionProof: {
                logIndex: String(inclusionProof.logIndex),
                treeSize: String(inclusionProof.treeSize),
                rootHash: Buffer.from(inclusionProof.rootHash, 'hex').toString('base64'),
                hashes: [],
                checkpoint: { envelope: inclusionProof.checkpoint },
              },
              canonicalizedBody: entry.body,
            },
          ],
        },
        dsseEnvelope: envelope,
      });
    },
    async signTag(input) {
      const certificate = await certify(input);
      const bytes = signingPayload('registry.example/a/b', input.digest);
      const signature = certificate.sign(bytes);
      const entry = await logged({
        apiVersion: '0.0.1',
        kind: 'hashedrekord',
        spec: {
          data: { hash: { algorithm: 'sha256', value: sha256(bytes) } },
          signature: {
            content: signature,
            publicKey: { content: Buffer.from(certificate.pem).toString('base64') },
          },
        },
      });
      const annotations = {
        'dev.cosignproject.cosign/signature': signature,
        ...vouchers(certificate.pem, rootPem, entry),
      };
      return { mediaType: simpleSigningType, bytes, annotations };
    },
    async attestTag(input) {
      const { certificate, envelope, entry } = await state(input);
      return {
        mediaType: 'application/vnd.dsse.envelope.v1+json',
        bytes: Buffer.from(JSON.stringify(envelope)),
        annotations: {
          'dev.cosignproject.cosign/signature': '',
          ...vouchers(certificate.pem, rootPem, entry),
        },
      };
    },
  };
}

/** The annotations by which cosign 2 keeps who vouches for a layer. */
function vouchers(leaf: string, root: string, entry: LogEntry): Readonly<Record<string, string>> {
  const { body, integratedTime, logIndex, logID, verification } = entry;
  return {
    'dev.sigstore.cosign/certificate': leaf,
    'dev.sigstore.cosign/chain': root,
    'dev.sigstore.cosign/bundle': JSON.stringify({
      SignedEntryTimestamp: verification.signedEntryTimestamp,
      Payload: { body, integratedTime, logIndex, logID },
    }),
  };
}

function sha256(bytes: Buffer): string {
  return createHash('sha256').update(bytes).digest('hex');
}
