import { createHash, createPublicKey, generateKeyPairSync, sign } from 'node:crypto';
import type { KeyPairKeyObjectResult } from 'node:crypto';
import { initializeCA, initializeCTLog, initializeTLog } from '@sigstore/mock';
import { canonicalJson } from '@wasmcast/core';
import type { JsonObject, Sha256 } from '@wasmcast/core';
import { bundleType, preAuthentication, signPredicate } from '../sign/statement.ts';

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

/** A Sigstore of a test's own: an authority, its transparency log, and one of signatures. */
export interface TestSigstore {
  /** `trusted_root.json` */
  readonly trustedRoot: string;
  /** A keyless bundle, as JSON. */
  sign(input: KeylessInput): Promise<string>;
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
  return {
    trustedRoot,
    async sign({ digest, issuer = workflow.issuer, subject = workflow.subject, ...said }) {
      const pair = newPair();
      const spki = createPublicKey(pair.privateKey.export({ type: 'pkcs8', format: 'pem' })).export({
        type: 'spki',
        format: 'der',
      });
      const certificate = await ca.issueCertificate({
        publicKey: new Uint8Array(spki),
        subjectAltName: subject,
        extensions: [{ oid: '1.3.6.1.4.1.57264.1.8', value: issuer }],
      });
      const payload = Buffer.from(
        canonicalJson({
          _type: 'https://in-toto.io/Statement/v1',
          subject: [{ digest: { sha256: digest } }],
          predicateType: said.predicateType ?? signPredicate,
          predicate: said.predicate ?? {},
        }),
      );
      const sig = sign('sha256', preAuthentication(payload), pair.privateKey).toString('base64');
      const pem = `-----BEGIN CERTIFICATE-----\n${base64(certificate)}\n-----END CERTIFICATE-----\n`;
      const entries = await tlog.log({
        apiVersion: '0.0.1',
        kind: 'dsse',
        spec: {
          payloadHash: { algorithm: 'sha256', value: createHash('sha256').update(payload).digest('hex') },
          signatures: [{ signature: sig, verifier: Buffer.from(pem).toString('base64') }],
        },
      });
      const [entry] = Object.values(entries as Readonly<Record<string, LogEntry>>);
      if (entry === undefined) throw new Error('the log took nothing');
      const { inclusionProof, signedEntryTimestamp } = entry.verification;
      return canonicalJson({
        mediaType: bundleType,
        verificationMaterial: {
          certificate: { rawBytes: base64(certificate) },
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
        dsseEnvelope: {
          payload: payload.toString('base64'),
          payloadType: 'application/vnd.in-toto+json',
          signatures: [{ sig }],
        },
      });
    },
  };
}
