import { createPublicKey } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import type { JsonObject, Sha256 } from '@wasmcast/core';
import { attachTo } from '../operations/attach-file.ts';
import type { Attachment } from '../operations/attach-file.ts';
import type { OciOptions } from '../options.ts';
import { parseReference } from '../reference/reference.ts';
import { pullManifest } from '../remote/manifests.ts';
import { RegistrySession } from '../remote/session.ts';
import { findIn } from './find-signatures.ts';
import { addToTag } from './signature-tag.ts';
import type { SignatureForm } from './signature-tag.ts';
import { bundleType, signPredicate, signedBundle } from './statement.ts';

/**
 * Signs what a reference names, an image or an index, by its digest. One that the key has signed already in that form is
 * left as it is. @returns the digest that is signed. @throws OciError
 */
export async function signImage(
  reference: string,
  key: KeyObject,
  options: OciOptions & { readonly form?: SignatureForm } = {},
): Promise<Sha256> {
  const ref = parseReference(reference);
  const { form = 'tag' } = options;
  const publicKey = createPublicKey(key);
  await using session = new RegistrySession(ref, 'pull,push', options);
  const subject = await pullManifest(session, ref);
  const { digest } = subject;
  const before = await findIn(session, ref, digest, { keys: [publicKey] });
  if (before.verified.some((signature) => signature.form === form)) return digest;
  if (form === 'tag') await addToTag(session, ref, digest, key);
  else {
    await attachTo(session, ref, subject, bundleOf(signedBundle(digest, key, publicKey), signPredicate));
  }
  return digest;
}

/**
 * Attests something of what a reference names, as `cosign attest` does: a statement, signed, in a bundle that refers to it.
 * @returns the digest of what it is about. @throws OciError
 */
export async function attestImage(
  reference: string,
  key: KeyObject,
  statement: { readonly predicateType: string; readonly predicate: JsonObject },
  options: OciOptions = {},
): Promise<Sha256> {
  const ref = parseReference(reference);
  await using session = new RegistrySession(ref, 'pull,push', options);
  const subject = await pullManifest(session, ref);
  const bytes = signedBundle(subject.digest, key, createPublicKey(key), statement);
  await attachTo(session, ref, subject, bundleOf(bytes, statement.predicateType));
  return subject.digest;
}

/** How cosign 3 attaches a bundle. */
function bundleOf(bytes: Uint8Array, predicateType: string): Attachment {
  const annotations = {
    'dev.sigstore.bundle.content': 'dsse-envelope',
    'dev.sigstore.bundle.predicateType': predicateType,
  };
  return { artifactType: bundleType, bytes, annotations };
}
