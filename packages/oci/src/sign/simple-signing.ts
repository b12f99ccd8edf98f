import { createHash, sign, verify } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import type { Sha256 } from '@wasmcast/core';
import { canonicalJson } from '@wasmcast/core';
import { formatDigest, parseDigest } from '../reference/digest.ts';

/*
 * What cosign signs, in its two forms. In the older one it is a small JSON document about a manifest's digest ("simple
 * signing", as Red Hat's containers tools call it); in the newer one an in-toto statement in a DSSE envelope, kept in a
 * Sigstore bundle. Both are ECDSA over SHA-256, DER, base64.
 */

/** Media type of the payload of the older form. */
export const simpleSigningType = 'application/vnd.dev.cosign.simplesigning.v1+json';
/** Media type of the newer form, and the artifactType of the referrer that holds it. */
export const bundleType = 'application/vnd.dev.sigstore.bundle.v0.3+json';
/** The predicate by which a bundle says that it signs an image, and does not only attest something about it. */
export const signPredicate = 'https://sigstore.dev/cosign/sign/v1';

const statementType = 'application/vnd.in-toto+json';

/** The payload that says: this digest is meant by this repository. */
export function signingPayload(repository: string, digest: Sha256): Buffer {
  return Buffer.from(
    canonicalJson({
      critical: {
        identity: { 'docker-reference': repository },
        image: { 'docker-manifest-digest': formatDigest(digest) },
        type: 'cosign container image signature',
      },
      optional: null,
    }),
  );
}

/** Signs bytes: base64 of DER. */
export function signBytes(bytes: Uint8Array, key: KeyObject): string {
  return sign('sha256', bytes, key).toString('base64');
}

/** True if the signature (base64 of DER) over exactly these bytes is by the key. */
export function isSignedBy(bytes: Uint8Array, signature: string, key: KeyObject): boolean {
  if (!/^[A-Za-z0-9+/]{8,400}={0,2}$/.test(signature)) return false;
  try {
    return verify('sha256', bytes, key, Buffer.from(signature, 'base64'));
  } catch {
    return false; // what is no DER is no signature
  }
}

/** The digest and the repository that a payload names; call it only with bytes whose signature was found right. */
export function readPayload(
  bytes: Uint8Array,
): { readonly digest: Sha256; readonly repository: string } | undefined {
  const { critical } = (parse(bytes) ?? {}) as {
    readonly critical?: {
      readonly type?: unknown;
      readonly identity?: { readonly 'docker-reference'?: unknown } | null;
      readonly image?: { readonly 'docker-manifest-digest'?: unknown } | null;
    } | null;
  };
  const digest = parseDigest(critical?.image?.['docker-manifest-digest']);
  const repository = critical?.identity?.['docker-reference'];
  if (critical?.type !== 'cosign container image signature') return undefined;
  return digest === undefined || typeof repository !== 'string' ? undefined : { digest, repository };
}

/** A bundle that signs a digest by a key. */
export function signedBundle(digest: Sha256, key: KeyObject, publicKey: KeyObject): Buffer {
  const statement = Buffer.from(
    canonicalJson({
      _type: 'https://in-toto.io/Statement/v1',
      subject: [{ digest: { sha256: digest } }],
      predicateType: signPredicate,
      predicate: {},
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

/** The digests that a bundle by this key signs; empty if it is by another one, or attests something else. */
export function digestsOfBundle(bytes: Uint8Array, key: KeyObject): readonly Sha256[] {
  const { dsseEnvelope: envelope } = (parse(bytes) ?? {}) as {
    readonly dsseEnvelope?: {
      readonly payload?: unknown;
      readonly payloadType?: unknown;
      readonly signatures?: unknown;
    } | null;
  };
  if (typeof envelope?.payload !== 'string' || envelope.payloadType !== statementType) return [];
  const payload = Buffer.from(envelope.payload, 'base64');
  const signatures: readonly unknown[] = Array.isArray(envelope.signatures) ? envelope.signatures : [];
  const signed = signatures.slice(0, 16).some((entry) => {
    const { sig } = (entry ?? {}) as { readonly sig?: unknown };
    return typeof sig === 'string' && isSignedBy(preAuthentication(payload), sig, key);
  });
  return signed ? subjectsOf(payload) : [];
}

/** How cosign names a key in a bundle: base64 of the sha256 of its SPKI. */
export function keyHint(publicKey: KeyObject): string {
  const der = publicKey.export({ type: 'spki', format: 'der' });
  return createHash('sha256').update(der).digest('base64');
}

function subjectsOf(payload: Uint8Array): readonly Sha256[] {
  const statement = (parse(payload) ?? {}) as {
    readonly _type?: unknown;
    readonly predicateType?: unknown;
    readonly subject?: unknown;
  };
  if (statement._type !== 'https://in-toto.io/Statement/v1' || statement.predicateType !== signPredicate)
    return [];
  const subjects: readonly unknown[] = Array.isArray(statement.subject) ? statement.subject : [];
  return subjects.slice(0, 100).flatMap((subject) => {
    const { digest } = (subject ?? {}) as { readonly digest?: { readonly sha256?: unknown } | null };
    return parseDigest(`sha256:${String(digest?.sha256)}`) ?? [];
  });
}

/** DSSE, "PAE": what is signed is the type and the payload with their lengths, so that neither can be read as the other. */
function preAuthentication(payload: Uint8Array): Buffer {
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
