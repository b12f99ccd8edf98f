import { resolve } from 'node:path';
import { OciError } from '../errors.ts';
import type { OciOptions } from '../options.ts';
import { isTag, parseReference } from '../reference/reference.ts';
import type { ImageReference } from '../reference/reference.ts';
import { createArchive, openArchive } from './archive-files.ts';
import { folderFiles } from './folder-files.ts';
import type { ImageStore, ManifestKey } from './image-store.ts';
import { layoutStore } from './layout-store.ts';
import { registryStore } from './registry-store.ts';

/** Where an image is, or shall be, as skopeo writes it: a reference, `oci:FOLDER[:TAG]`, `oci-archive:FILE[:TAG]`. */
export type ImageLocation =
  | { readonly kind: 'registry'; readonly reference: ImageReference }
  | { readonly kind: 'folder' | 'archive'; readonly path: string; readonly tag: string | undefined };

/** Reads a location; paths are relative to `cwd`. @throws OciError `reference` */
export function parseLocation(text: string, cwd: string): ImageLocation {
  const match = /^(oci|oci-archive):(?!\/\/)(.+)$/.exec(text);
  if (match === null) return { kind: 'registry', reference: parseReference(text) };
  const [, scheme, rest = ''] = match;
  const colon = rest.lastIndexOf(':');
  const tag = colon > rest.lastIndexOf('/') ? rest.slice(colon + 1) : undefined;
  if (tag !== undefined && !isTag(tag)) throw new OciError('reference', `not a tag: ${JSON.stringify(tag)}`);
  const path = resolve(cwd, tag === undefined ? rest : rest.slice(0, colon));
  return { kind: scheme === 'oci' ? 'folder' : 'archive', path, tag };
}

/** The manifest that a location means; without tag and digest `latest`. */
export function keyOf(location: ImageLocation): ManifestKey {
  if (location.kind !== 'registry') return { tag: location.tag ?? 'latest' };
  const { digest, tag } = location.reference;
  return digest === undefined ? { tag: tag ?? 'latest' } : { digest };
}

/** Opens the store of a location for reading, or for writing. @throws OciError `files`, `archive`, … */
export async function openStore(
  location: ImageLocation,
  use: 'read' | 'write',
  options: OciOptions,
  mountFrom: readonly string[] = [],
): Promise<ImageStore> {
  switch (location.kind) {
    case 'registry':
      return registryStore(location.reference, use === 'read' ? 'pull' : 'pull,push', options, mountFrom);
    case 'folder':
      return layoutStore(folderFiles(location.path));
    case 'archive':
      return layoutStore(await (use === 'read' ? openArchive(location.path) : createArchive(location.path)));
  }
}
