import { OciError } from '../errors.ts';
import type { OciOptions } from '../options.ts';
import { isTag, parseReference, pinnedReference } from '../reference/reference.ts';
import { listTags } from '../remote/lists.ts';
import { deleteManifest, pullManifest, pushManifest } from '../remote/manifests.ts';
import { RegistrySession } from '../remote/session.ts';

/** Gives an image another tag in its repository: two requests, no blobs. @returns the pinned reference. @throws OciError */
export async function tagImage(reference: string, tag: string, options: OciOptions = {}): Promise<string> {
  const ref = parseReference(reference);
  if (!isTag(tag)) throw new OciError('reference', `not a tag: ${JSON.stringify(tag.slice(0, 200))}`);
  await using session = new RegistrySession(ref, 'pull,push', options);
  const manifest = await pullManifest(session, ref);
  const { registry, repository } = ref;
  await pushManifest(session, { registry, repository, tag }, manifest);
  return pinnedReference(ref, manifest.digest);
}

/** The tags of a repository. @throws OciError */
export async function tagsOf(repository: string, options: OciOptions = {}): Promise<readonly string[]> {
  const ref = parseReference(repository);
  await using session = new RegistrySession(ref, 'pull', options);
  return await listTags(session);
}

/** Deletes a tag, or with a digest the manifest with all its tags; many registries allow one of both. @throws OciError */
export async function deleteImage(reference: string, options: OciOptions = {}): Promise<void> {
  const ref = parseReference(reference);
  await using session = new RegistrySession(ref, 'pull,delete', options);
  await deleteManifest(session, ref);
}
