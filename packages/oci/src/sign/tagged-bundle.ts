import { X509Certificate } from 'node:crypto';
import { canonicalJson } from '@wasmcast/core';
import type { JsonObject } from '@wasmcast/core';
import { sha256 } from '../remote/manifests.ts';

/*
 * Up to cosign 2 a keyless signature is a layer under a tag, and what vouches for it stands in the layer's annotations: the
 * certificate, and Rekor's promise to have it in the log. This makes the bundle of it that a newer cosign would have written
 * (sigstore/protobuf-specs, bundle 0.1), so that one verifier does for both.
 */

const certificateAnnotation = 'dev.sigstore.cosign/certificate';
const chainAnnotation = 'dev.sigstore.cosign/chain';
const promiseAnnotation = 'dev.sigstore.cosign/bundle';
const bundleVersion = 'application/vnd.dev.sigstore.bundle+json;version=0.1';
const mostCertificates = 10;

/** What is signed: bytes that are elsewhere, or a statement in an envelope. */
export type Signed =
  | { readonly bytes: Uint8Array; readonly signature: string }
  | { readonly envelope: JsonObject };

/** The bundle, in JSON, for what a layer with these annotations holds; undefined when they vouch for nothing, or are malformed. */
export function taggedBundle(
  annotations: Readonly<Record<string, string>>,
  signed: Signed,
): Buffer | undefined {
  const leaf = annotations[certificateAnnotation];
  const promise = annotations[promiseAnnotation];
  if (leaf === undefined || promise === undefined) return undefined;
  try {
    const chain = certificatesIn(`${leaf}\n${annotations[chainAnnotation] ?? ''}`);
    return Buffer.from(
      canonicalJson({
        mediaType: bundleVersion,
        verificationMaterial: {
          x509CertificateChain: { certificates: chain.map((rawBytes) => ({ rawBytes })) },
          tlogEntries: [logEntry(promise)],
        },
        ...contentOf(signed),
      }),
    );
  } catch {
    return undefined; // what cannot be read vouches for nothing
  }
}

function contentOf(signed: Signed): JsonObject {
  if ('envelope' in signed) return { dsseEnvelope: signed.envelope };
  const digest = Buffer.from(sha256(signed.bytes), 'hex').toString('base64');
  return {
    messageSignature: {
      messageDigest: { algorithm: 'SHA2_256', digest },
      signature: signed.signature,
    },
  };
}

/** DER in base64. The roots are known by the one who verifies; one that is given is not believed for it. */
function certificatesIn(pem: string): readonly string[] {
  const found = pem.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? [];
  return found
    .slice(0, mostCertificates)
    .map((each) => new X509Certificate(each))
    .filter((each, at) => at === 0 || each.subject !== each.issuer)
    .map((each) => each.raw.toString('base64'));
}

/** Rekor's promise as cosign writes it (pkg/cosign/bundle, `RekorBundle`). */
interface RekorBundle {
  readonly SignedEntryTimestamp: string;
  readonly Payload: {
    readonly body: string;
    readonly integratedTime: number;
    readonly logIndex: number;
    /** Hexadecimal. */
    readonly logID: string;
  };
}

function logEntry(json: string): JsonObject {
  const { SignedEntryTimestamp, Payload } = JSON.parse(json) as RekorBundle;
  const body = JSON.parse(Buffer.from(Payload.body, 'base64').toString('utf8')) as {
    readonly kind: string;
    readonly apiVersion: string;
  };
  return {
    logIndex: String(Payload.logIndex),
    logId: { keyId: Buffer.from(Payload.logID, 'hex').toString('base64') },
    kindVersion: { kind: body.kind, version: body.apiVersion },
    integratedTime: String(Payload.integratedTime),
    inclusionPromise: { signedEntryTimestamp: SignedEntryTimestamp },
    canonicalizedBody: Payload.body,
  };
}
