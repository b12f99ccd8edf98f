import { createPublicKey } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { buffer } from 'node:stream/consumers';
import type { JsonObject, Sha256 } from '@wasmcast/core';
import { blobOf, descriptorOf, jsonBlob, manifestOf } from '../image/documents.ts';
import { parseManifest } from '../image/manifest.ts';
import type { Descriptor } from '../image/manifest.ts';
import { attachTo } from '../operations/attach-file.ts';
import type { Attachment } from '../operations/attach-file.ts';
import type { OciOptions } from '../options.ts';
import { formatDigest } from '../reference/digest.ts';
import { parseReference } from '../reference/reference.ts';
import type { ImageReference } from '../reference/reference.ts';
import { pullBlob } from '../remote/blob-download.ts';
import { pushBlob } from '../remote/blob-upload.ts';
import { isNotFound, pullManifest, pushManifest } from '../remote/manifests.ts';
import { mediaTypes } from '../remote/media-types.ts';
import { listReferrers } from '../remote/referrers.ts';
import { RegistrySession } from '../remote/session.ts';
import { keylessVerifier } from './keyless.ts';
import type { KeylessTrust, KeylessVerifier, SignerIdentity } from './keyless.ts';
import { isSignedBy, readPayload, signBytes, signingPayload, simpleSigningType } from './simple-signing.ts';
import { bundleType, signPredicate, signedBundle, readStatement, statementBy } from './statement.ts';
import type { Statement } from './statement.ts';

/** Where a signature is kept: in the tag `sha256-<hex>.sig`, which every cosign reads, or as a referrer, as cosign 3 does. */
export type SignatureForm = 'tag' | 'bundle';

/** A signature that was found right. */
export interface VerifiedSignature {
  readonly form: SignatureForm;
  /** Which of the given keys it is by. */
  readonly key?: number;
  /** Whom it is by without a key. */
  readonly identity?: SignerIdentity;
  /** The repository that the signer named, where the form tells it. */
  readonly repository?: string;
}

/** What there is of signatures over a digest. */
export interface FoundSignatures {
  /** Signatures of anybody. */
  readonly seen: number;
  /** Those that are right and by one of whom we believe. */
  readonly verified: readonly VerifiedSignature[];
  /** What else they say of it. */
  readonly attestations: readonly Attestation[];
}

/** Something that was said of an image by somebody whom we believe. */
export interface Attestation {
  /** E.g. `https://slsa.dev/provenance/v1`, `https://spdx.dev/Document`. */
  readonly predicateType: string;
  readonly predicate: unknown;
}

/** Whom we believe: keys, and whoever signs without one. */
export interface Signers {
  readonly keys: readonly KeyObject[];
  readonly keyless?: KeylessTrust;
}

/** What is read of signatures at most: a registry could hold any number of them. */
const mostSignatures = 64;
const largestSignature = 1024 * 1024;
const signatureAnnotation = 'dev.cosignproject.cosign/signature';

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
  const before = await verified(session, ref, digest, { keys: [publicKey] });
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

/** The signatures by these keys over a digest in a repository. None is no failure here: what that means is the caller's to say. @throws OciError */
export async function verifySignatures(
  repository: string,
  digest: Sha256,
  keys: readonly KeyObject[],
  options: OciOptions = {},
): Promise<readonly VerifiedSignature[]> {
  return (await findSignatures(repository, digest, { keys }, options)).verified;
}

/** As {@link verifySignatures}, with what is attested, and how many signatures there are at all: unsigned is not wrongly signed. @throws OciError */
export async function findSignatures(
  repository: string,
  digest: Sha256,
  signers: Signers,
  options: OciOptions = {},
): Promise<FoundSignatures> {
  const ref = parseReference(repository);
  await using session = new RegistrySession(ref, 'pull', options);
  return await verified(session, ref, digest, signers);
}

async function verified(
  session: RegistrySession,
  place: ImageReference,
  digest: Sha256,
  { keys, keyless }: Signers,
): Promise<FoundSignatures> {
  const found: VerifiedSignature[] = [];
  const attestations: Attestation[] = [];
  const layers = await signatureLayers(session, place, digest);
  for (const layer of layers.slice(0, mostSignatures)) {
    if (layer.mediaType !== simpleSigningType || layer.size > largestSignature) continue;
    const payload = await pullBlob(session, layer, (chunks) => buffer(chunks));
    const key = keys.findIndex((each) => isSignedBy(payload, layer.signature, each));
    const said = key < 0 ? undefined : readPayload(payload);
    if (said?.digest === digest) found.push({ form: 'tag', key, repository: said.repository });
  }
  const withoutKey = keyless && (await keylessVerifier(keyless));
  const bundles = await bundlesOf(session, place, digest);
  for (const bundle of bundles) {
    const said = believed(bundle, keys, withoutKey);
    if (said === undefined || !said.statement.digests.includes(digest)) continue;
    const { predicateType, predicate } = said.statement;
    if (predicateType === signPredicate) found.push({ form: 'bundle', ...said.by });
    else attestations.push({ predicateType, predicate });
  }
  return { seen: layers.length + bundles.length, verified: found, attestations };
}

/** What a bundle says, and by whom, if that is somebody whom we believe. */
function believed(
  bundle: Uint8Array,
  keys: readonly KeyObject[],
  withoutKey: KeylessVerifier | undefined,
): { readonly statement: Statement; readonly by: Pick<VerifiedSignature, 'key' | 'identity'> } | undefined {
  for (const [key, each] of keys.entries()) {
    const statement = statementBy(bundle, each);
    if (statement !== undefined) return { statement, by: { key } };
  }
  const signed = withoutKey?.(bundle);
  const statement = signed && readStatement(signed.payload);
  return statement && { statement, by: { identity: signed.identity } };
}

/** The bundles that refer to a digest, up to a number. */
async function bundlesOf(
  session: RegistrySession,
  place: ImageReference,
  digest: Sha256,
): Promise<readonly Uint8Array[]> {
  const bundles: Uint8Array[] = [];
  const referrers = await listReferrers(session, place, digest, bundleType);
  for (const referrer of referrers.slice(0, mostSignatures)) {
    const { registry, repository } = place;
    const raw = await pullManifest(session, { registry, repository, digest: referrer.digest });
    const parsed = parseManifest(raw.bytes, raw.mediaType);
    const layer = parsed.kind === 'image' ? parsed.layers[0] : undefined;
    if (layer === undefined || layer.size > largestSignature) continue;
    bundles.push(await pullBlob(session, layer, (chunks) => buffer(chunks)));
  }
  return bundles;
}

type SignatureLayer = Descriptor & { readonly signature: string };

/** The layers of the manifest that is tagged `sha256-<hex>.sig`. */
async function signatureLayers(
  session: RegistrySession,
  place: ImageReference,
  digest: Sha256,
): Promise<readonly SignatureLayer[]> {
  try {
    const { bytes, mediaType } = await pullManifest(session, signatureTag(place, digest));
    const parsed = parseManifest(bytes, mediaType);
    if (parsed.kind !== 'image') return [];
    const document = JSON.parse(Buffer.from(bytes).toString('utf8')) as {
      readonly layers: readonly { readonly annotations?: Readonly<Record<string, unknown>> | null }[];
    };
    return parsed.layers.map((layer, index) => {
      const signature = document.layers[index]?.annotations?.[signatureAnnotation];
      return { ...layer, signature: typeof signature === 'string' ? signature : '' };
    });
  } catch (error) {
    if (isNotFound(error)) return [];
    throw error;
  }
}

/** One manifest holds all signatures of an image: the new one is a layer behind the others. */
async function addToTag(
  session: RegistrySession,
  place: ImageReference,
  digest: Sha256,
  key: KeyObject,
): Promise<void> {
  const before = await signatureLayers(session, place, digest);
  const bytes = signingPayload(`${place.registry}/${place.repository}`, digest);
  const payload = blobOf(bytes);
  const added = { ...payload, mediaType: simpleSigningType, signature: signBytes(bytes, key) };
  const layers = [...before, added];
  const config = jsonBlob({
    architecture: '',
    os: '',
    config: {},
    rootfs: { type: 'layers', diff_ids: layers.map((layer) => formatDigest(layer.digest)) },
  });
  const manifest = manifestOf({
    config: descriptorOf(mediaTypes.ociConfig, config),
    layers: layers.map((layer) => ({
      ...descriptorOf(layer.mediaType, layer),
      annotations: { [signatureAnnotation]: layer.signature },
    })),
  });
  for (const blob of [payload, config]) await pushBlob(session, blob);
  await pushManifest(session, signatureTag(place, digest), manifest);
}

function signatureTag({ registry, repository }: ImageReference, digest: Sha256): ImageReference {
  return { registry, repository, tag: `sha256-${digest}.sig` };
}
