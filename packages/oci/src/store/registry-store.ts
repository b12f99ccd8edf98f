import { buffer } from 'node:stream/consumers';
import type { Access } from '../auth/scopes.ts';
import { parseManifest } from '../image/manifest.ts';
import type { OciOptions } from '../options.ts';
import type { ImageReference } from '../reference/reference.ts';
import { hasBlob, pullBlob } from '../remote/blob-download.ts';
import { pushBlob } from '../remote/blob-upload.ts';
import { headManifest, pullManifest, pushManifest } from '../remote/manifests.ts';
import { isIndexType } from '../remote/media-types.ts';
import { listReferrers, pushReferrer } from '../remote/referrers.ts';
import { RegistrySession } from '../remote/session.ts';
import type { ImageStore, ManifestKey } from './image-store.ts';

/** A repository of a registry as a store. `mountFrom` names repositories of the same registry that may have blobs already. */
export function registryStore(
  place: Pick<ImageReference, 'registry' | 'repository'>,
  access: Access,
  options: OciOptions,
  mountFrom: readonly string[] = [],
): ImageStore {
  const { registry, repository } = place;
  const session = new RegistrySession(place, access, options, mountFrom);
  const at = (key: ManifestKey): ImageReference => ({ registry, repository, ...key });
  return {
    name: `${registry}/${repository}`,
    manifest: (key) => pullManifest(session, at(key)),
    blob: (blob) => pullBlob(session, blob, (chunks) => buffer(chunks)),
    hasBlob: (blob) => hasBlob(session, blob),
    putBlob: (blob) => pushBlob(session, blob, mountFrom),
    async putManifest(manifest, tag) {
      const key = tag === undefined ? at({ digest: manifest.digest }) : at({ tag });
      if ((await headManifest(session, key)) === manifest.digest)
        return session.emit({ kind: 'manifest-present', digest: manifest.digest });
      if (tag === undefined && !isIndexType(manifest.mediaType)) {
        const parsed = parseManifest(manifest.bytes, manifest.mediaType);
        if (parsed.kind === 'image' && parsed.subject !== undefined)
          return pushReferrer(session, { registry, repository }, manifest);
      }
      await pushManifest(
        session,
        tag === undefined ? at({ digest: manifest.digest }) : at({ tag }),
        manifest,
      );
    },
    referrers: (subject) => listReferrers(session, { registry, repository }, subject),
    finish: () => Promise.resolve(),
    [Symbol.asyncDispose]: () => session[Symbol.asyncDispose](),
  };
}
