import type { KeyObject } from 'node:crypto';
import type { JsonObject, Sha256 } from '@wasmcast/core';
import { canonicalJson } from '@wasmcast/core';
import { parseDigest } from '../reference/digest.ts';
import { isSignedBy, keyHint, signBytes } from './simple-signing.ts';

/*
 * in-toto statements ("predicate P about digest D") in DSSE envelopes, kept in Sigstore bundles: the form in which cosign 3
 * signs, and in which provenance and SBOMs are attested.
 */

/** Media type of a bundle, and the artifactType of the referrer that holds it. */
export const bundleType = 'application/vnd.dev.sigstore.bundle.v0.3+json';
/** The predicate by which a bundle says that it signs an image, and does not only attest something about it. */
export const signPredicate = 'https://sigstore.dev/cosign/sign/v1';

/** The type of what is signed, in the envelope. */
export const statementType = 'application/vnd.in-toto+json';

/** What somebody says of things that are named by their digests. */
export interface Statement {
  /** URI: what is said. */
  readonly predicateType: string;
  readonly predicate: unknown;
  readonly digests: readonly Sha256[];
}

/** A bundle in which a key says something of a digest. */
export function signedBundle(
  digest: Sha256,
  key: KeyObject,
  publicKey: KeyObject,
  { predicateType, predicate }: { readonly predicateType: string; readonly predicate: JsonObject } = {
    predicateType: signPredicate,
    predicate: {},
  },
): Buffer {
  const statement = Buffer.from(
    canonicalJson({
      _type: 'https://in-toto.io/Statement/v1',
      subject: [{ digest: { sha256: digest } }],
      predicateType,
      predicate,
    }),
  );
  return Buffer.from(
    canonicalJson({
      mediaType: bundleType,
      verificationMaterial: { publicKey: { hint: keyHint(publicKey) }, tlogEntries: [] },
      dsseEnvelope: {
        payload: statement.toString('base64'),
        payloadType: statementType,
        signatures: [{ sig: signBytes(preAuthentication(statement), key) }],
      },
    }),
  );
}

/** What a bundle says, if it is by this key. */
export function statementBy(bytes: Uint8Array, key: KeyObject): Statement | undefined {
  const envelope = envelopeOf(bytes);
  if (envelope === undefined) return undefined;
  const { payload, signatures } = envelope;
  const signed = signatures.slice(0, 16).some((entry) => {
    const { sig } = (entry ?? {}) as { readonly sig?: unknown };
    return typeof sig === 'string' && isSignedBy(preAuthentication(payload), sig, key);
  });
  return signed ? readStatement(payload) : undefined;
}

function envelopeOf(
  bytes: Uint8Array,
): { readonly payload: Buffer; readonly signatures: readonly unknown[] } | undefined {
  const { dsseEnvelope: envelope } = (parse(bytes) ?? {}) as {
    readonly dsseEnvelope?: {
      readonly payload?: unknown;
      readonly payloadType?: unknown;
      readonly signatures?: unknown;
    } | null;
  };
  if (typeof envelope?.payload !== 'string' || envelope.payloadType !== statementType) return undefined;
  return {
    payload: Buffer.from(envelope.payload, 'base64'),
    signatures: Array.isArray(envelope.signatures) ? (envelope.signatures as readonly unknown[]) : [],
  };
}

/** What is said in a payload, whoever it is by: call it only with bytes whose signature was found right. */
export function readStatement(payload: Uint8Array): Statement | undefined {
  const { _type, predicateType, predicate, subject } = (parse(payload) ?? {}) as {
    readonly _type?: unknown;
    readonly predicateType?: unknown;
    readonly predicate?: unknown;
    readonly subject?: unknown;
  };
  // cosign attests in v0.1 still, and signs in v1; what is used of them is the same.
  if (_type !== 'https://in-toto.io/Statement/v1' && _type !== 'https://in-toto.io/Statement/v0.1')
    return undefined;
  if (typeof predicateType !== 'string') return undefined;
  const subjects: readonly unknown[] = Array.isArray(subject) ? subject : [];
  const digests = subjects.slice(0, 100).flatMap((each) => {
    const { digest } = (each ?? {}) as { readonly digest?: { readonly sha256?: unknown } | null };
    return parseDigest(`sha256:${String(digest?.sha256)}`) ?? [];
  });
  return { predicateType, predicate, digests };
}

/** DSSE, "PAE": what is signed is the type and the payload with their lengths, so that neither can be read as the other. */
export function preAuthentication(payload: Uint8Array): Buffer {
  const head = `DSSEv1 ${statementType.length} ${statementType} ${payload.length} `;
  return Buffer.concat([Buffer.from(head), payload]);
}

function parse(bytes: Uint8Array): object | undefined {
  try {
    const value: unknown = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
    return typeof value === 'object' && value !== null ? value : undefined;
  } catch {
    return undefined;
  }
}
