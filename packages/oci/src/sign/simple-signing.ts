import { createHash, sign, verify } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import type { Sha256 } from '@wasmcast/core';
import { canonicalJson } from '@wasmcast/core';
import { formatDigest, parseDigest } from '../reference/digest.ts';

/*
 * What cosign signs in its older form: a small JSON document about a manifest's digest ("simple signing", as Red Hat's
 * containers tools call it); the newer one is in statement.ts. Both are ECDSA over SHA-256, DER, base64.
 */

/** Media type of the payload of the older form. */
export const simpleSigningType = 'application/vnd.dev.cosign.simplesigning.v1+json';
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

/** How cosign names a key in a bundle: base64 of the sha256 of its SPKI. */
export function keyHint(publicKey: KeyObject): string {
  const der = publicKey.export({ type: 'spki', format: 'der' });
  return createHash('sha256').update(der).digest('base64');
}

function parse(bytes: Uint8Array): object | undefined {
  try {
    const value: unknown = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
    return typeof value === 'object' && value !== null ? value : undefined;
  } catch {
    return undefined;
  }
}
