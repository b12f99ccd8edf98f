import type { KeyObject } from 'node:crypto';
import { buffer } from 'node:stream/consumers';
import { canonicalJson } from '@wasmcast/core';
import type { JsonObject, Sha256 } from '@wasmcast/core';
import { parseManifest } from '../image/manifest.ts';
import type { OciOptions } from '../options.ts';
import { parseReference } from '../reference/reference.ts';
import type { ImageReference } from '../reference/reference.ts';
import { pullBlob } from '../remote/blob-download.ts';
import { pullManifest } from '../remote/manifests.ts';
import { listReferrers } from '../remote/referrers.ts';
import { RegistrySession } from '../remote/session.ts';
import { keylessVerifier } from './keyless.ts';
import type { KeylessTrust, KeylessVerifier, SignerIdentity } from './keyless.ts';
import { signatureOf, tagLayers } from './signature-tag.ts';
import type { SignatureForm, TagLayer } from './signature-tag.ts';
import { isSignedBy, readPayload, simpleSigningType } from './simple-signing.ts';
import { bundleType, readStatement, signPredicate, statementBy } from './statement.ts';
import type { Statement } from './statement.ts';
import { taggedBundle } from './tagged-bundle.ts';

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
/** Media type of an attestation under cosign's tag. */
const envelopeType = 'application/vnd.dsse.envelope.v1+json';
const largestSignature = 1024 * 1024;

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
  return await findIn(session, ref, digest, signers);
}

/** As {@link findSignatures}, in a conversation that is open. @throws OciError */
export async function findIn(
  session: RegistrySession,
  place: ImageReference,
  digest: Sha256,
  { keys, keyless }: Signers,
): Promise<FoundSignatures> {
  const believe: Believed = { keys, keyless: keyless && (await keylessVerifier(keyless)) };
  const signatures = await tagLayers(session, place, digest, 'sig');
  const statements = [
    ...(await envelopesOf(session, await tagLayers(session, place, digest, 'att'))),
    ...(await bundlesOf(session, place, digest)),
  ];
  const found: VerifiedSignature[] = [];
  const attestations: Attestation[] = [];
  for (const layer of signatures.slice(0, mostSignatures)) {
    if (layer.mediaType !== simpleSigningType || layer.size > largestSignature) continue;
    const payload = await pullBlob(session, layer, (chunks) => buffer(chunks));
    const by = signerOf(payload, layer, believe);
    const said = by && readPayload(payload);
    if (said?.digest === digest) found.push({ form: 'tag', ...by, repository: said.repository });
  }
  for (const bundle of statements) {
    const said = believed(bundle, believe);
    if (said === undefined || !said.statement.digests.includes(digest)) continue;
    const { predicateType, predicate } = said.statement;
    if (predicateType === signPredicate) found.push({ form: 'bundle', ...said.by });
    else attestations.push({ predicateType, predicate });
  }
  return { seen: signatures.length + statements.length, verified: found, attestations };
}

interface Believed {
  readonly keys: readonly KeyObject[];
  readonly keyless: KeylessVerifier | undefined;
}

type By = Pick<VerifiedSignature, 'key' | 'identity'>;

/** Who signed a payload under cosign's tag, if that is somebody whom we believe. */
function signerOf(payload: Uint8Array, layer: TagLayer, { keys, keyless }: Believed): By | undefined {
  const signature = signatureOf(layer);
  const key = keys.findIndex((each) => isSignedBy(payload, signature, each));
  if (key >= 0) return { key };
  const bundle = keyless && taggedBundle(layer.annotations, { bytes: payload, signature });
  const identity = bundle && keyless.bytes(bundle, payload);
  return identity && { identity };
}

/** What a bundle says, and by whom, if that is somebody whom we believe. */
function believed(
  bundle: Uint8Array,
  { keys, keyless }: Believed,
): { readonly statement: Statement; readonly by: By } | undefined {
  for (const [key, each] of keys.entries()) {
    const statement = statementBy(bundle, each);
    if (statement !== undefined) return { statement, by: { key } };
  }
  const signed = keyless?.statement(bundle);
  const statement = signed && readStatement(signed.payload);
  return statement && { statement, by: { identity: signed.identity } };
}

/** Attestations under cosign's tag, as bundles. */
async function envelopesOf(
  session: RegistrySession,
  layers: readonly TagLayer[],
): Promise<readonly Uint8Array[]> {
  const bundles: Uint8Array[] = [];
  for (const layer of layers.slice(0, mostSignatures)) {
    if (layer.mediaType !== envelopeType || layer.size > largestSignature) continue;
    const envelope = readEnvelope(await pullBlob(session, layer, (chunks) => buffer(chunks)));
    if (envelope === undefined) continue;
    const byKey = Buffer.from(canonicalJson({ dsseEnvelope: envelope }));
    bundles.push(taggedBundle(layer.annotations, { envelope }) ?? byKey);
  }
  return bundles;
}

function readEnvelope(bytes: Uint8Array): JsonObject | undefined {
  try {
    const value: unknown = JSON.parse(Buffer.from(bytes).toString('utf8'));
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? (value as JsonObject)
      : undefined;
  } catch {
    return undefined;
  }
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
