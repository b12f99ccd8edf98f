import type { Sha256 } from '@wasmcast/core';
import { OciError } from '../errors.ts';
import { requireDigest } from '../reference/digest.ts';
import { isIndexType, mediaTypes } from '../remote/media-types.ts';

/** A part of an image, as the manifest names it. */
export interface Descriptor {
  readonly mediaType: string;
  readonly digest: Sha256;
  readonly size: number;
}

/** One platform's image in an index, or one referrer in a list of them. */
export interface IndexEntry extends Descriptor {
  readonly platform: { readonly os: string; readonly architecture: string } | undefined;
  readonly artifactType: string | undefined;
  readonly annotations: Readonly<Record<string, string>>;
}

/** A manifest as far as we need it. */
export type ParsedManifest =
  | {
      readonly kind: 'image';
      /** The `mediaType` field of the document, which OCI manifests need not have. */
      readonly mediaType: string | undefined;
      readonly artifactType: string | undefined;
      readonly config: Descriptor | undefined;
      /** The manifest that this one is about. */
      readonly subject: Descriptor | undefined;
      readonly layers: readonly Descriptor[];
      readonly annotations: Readonly<Record<string, string>>;
    }
  | { readonly kind: 'index'; readonly manifests: readonly IndexEntry[] };

const mostParts = 1000;

/**
 * Reads the bytes of a manifest whose Content-Type is `mediaType`. A document that two readers could take for two things
 * is refused (CVE-2021-41190), so is a key that Go's JSON reader, which ignores case, would take for another one.
 * @throws OciError `malformed`, `digest`
 */
export function parseManifest(bytes: Uint8Array, mediaType: string): ParsedManifest {
  const document = toObject(parseJson(bytes), 'the manifest');
  const declared = document['mediaType'];
  if (declared !== undefined && declared !== '' && declared !== mediaType) {
    throw bad('its media type is not the one that the registry says');
  }
  const index = isIndexType(mediaType);
  if (!index && mediaType !== mediaTypes.ociManifest && mediaType !== mediaTypes.dockerManifest) {
    throw new OciError('layout', `the manifest has the media type ${mediaType}, which proxies do not read`);
  }
  if ((index ? document['layers'] : document['manifests']) !== undefined) {
    throw bad('it is an image and an index at once');
  }
  if (document['schemaVersion'] !== 2) throw bad('its schemaVersion is not 2');
  if (index) {
    const manifests = toList(document['manifests'], 'manifests').map((entry) => toIndexEntry(entry));
    return { kind: 'index', manifests };
  }
  return {
    kind: 'image',
    mediaType: typeof declared === 'string' && declared !== '' ? declared : undefined,
    artifactType: toText(document['artifactType']),
    config: document['config'] === undefined ? undefined : toDescriptor(document['config']),
    subject: document['subject'] === undefined ? undefined : toDescriptor(document['subject']),
    layers: toList(document['layers'], 'layers').map((entry) => toDescriptor(entry)),
    annotations: toAnnotations(document['annotations']),
  };
}

function parseJson(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch {
    throw bad('it is not JSON in UTF-8');
  }
}

const known = [
  'schemaVersion',
  'mediaType',
  'config',
  'subject',
  'artifactType',
  'layers',
  'manifests',
  'annotations',
  'digest',
  'size',
  'platform',
  'os',
  'architecture',
];
const knownByLowerCase = new Map(known.map((key) => [key.toLowerCase(), key]));

function toObject(value: unknown, what: string): Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw bad(`${what} is not an object`);
  for (const key of Object.keys(value)) {
    const meant = knownByLowerCase.get(key.toLowerCase());
    if (meant !== undefined && meant !== key) throw bad(`the key ${JSON.stringify(key)} is ambiguous`);
  }
  return value as Readonly<Record<string, unknown>>;
}

function toList(value: unknown, what: string): readonly unknown[] {
  if (!Array.isArray(value)) throw bad(`${what} is not a list`);
  if (value.length > mostParts) throw bad(`${what} has more than ${mostParts} entries`);
  return value as readonly unknown[];
}

function toDescriptor(value: unknown): Descriptor {
  const entry = toObject(value, 'a descriptor');
  const { mediaType, size } = entry as { readonly mediaType?: unknown; readonly size?: unknown };
  if (typeof mediaType !== 'string' || mediaType.length > 255) throw bad('a descriptor has no media type');
  if (typeof size !== 'number' || !Number.isSafeInteger(size) || size < 0)
    throw bad('a descriptor has no size');
  return { mediaType, size, digest: requireDigest(entry['digest'], 'the manifest') };
}

function toIndexEntry(value: unknown): IndexEntry {
  const entry = toObject(value, 'a descriptor');
  const common = {
    ...toDescriptor(value),
    artifactType: toText(entry['artifactType']),
    annotations: toAnnotations(entry['annotations']),
  };
  const given = entry['platform'];
  if (given === undefined || given === null) return { ...common, platform: undefined };
  const { os, architecture } = toObject(given, 'a platform') as {
    readonly os?: unknown;
    readonly architecture?: unknown;
  };
  if (typeof os !== 'string' || typeof architecture !== 'string') throw bad('a platform is malformed');
  return { ...common, platform: { os, architecture } };
}

/** The annotations of anything; what is no text is left out. */
export function toAnnotations(value: unknown): Readonly<Record<string, string>> {
  if (value === undefined || value === null) return {};
  const entries = Object.entries(value).filter(
    (entry): entry is [string, string] => typeof entry[1] === 'string',
  );
  return Object.fromEntries(entries.slice(0, mostParts));
}

function toText(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' && value.length <= 255 ? value : undefined;
}

function bad(why: string): OciError {
  return new OciError('malformed', `the manifest cannot be read: ${why}`);
}
