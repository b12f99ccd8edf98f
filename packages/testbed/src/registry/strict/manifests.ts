import { RegistryFault } from './exchange.ts';
import type { Exchange } from './exchange.ts';
import type { StrictOptions } from './options.ts';
import { digestOf } from './store.ts';
import type { Repository, Store } from './store.ts';

interface Document {
  readonly mediaType?: string;
  readonly config?: { readonly digest: string };
  readonly layers?: readonly { readonly digest: string }[];
  readonly manifests?: readonly { readonly digest: string }[];
  readonly subject?: { readonly digest: string };
}

/** HEAD, GET, PUT and DELETE of `/v2/<name>/manifests/<key>`. */
export async function manifests(
  exchange: Exchange,
  store: Store,
  options: StrictOptions,
  name: string,
  key: string,
): Promise<void> {
  const repository = store.open(name);
  if (exchange.method === 'PUT') return putManifest(exchange, repository, options, name, key);
  const found = store.manifest(name, key);
  if (found === undefined) throw new RegistryFault(404, 'MANIFEST_UNKNOWN');
  if (exchange.method === 'DELETE') {
    if (key.startsWith('sha256:')) {
      repository.manifests.delete(key);
      for (const [tag, digest] of repository.tags) if (digest === key) repository.tags.delete(tag);
    } else repository.tags.delete(key);
    return exchange.answer(202);
  }
  const accepted = (exchange.header('accept') ?? '*/*').split(',').map((type) => type.trim());
  // A registry answers what it has; one that is asked for something else must not be taken for one that has nothing.
  if (!accepted.includes('*/*') && !accepted.includes(found.mediaType))
    throw new RegistryFault(404, 'MANIFEST_UNKNOWN');
  exchange.answer(
    200,
    { 'content-type': found.mediaType, 'docker-content-digest': found.digest },
    found.bytes,
  );
}

async function putManifest(
  exchange: Exchange,
  repository: Repository,
  options: StrictOptions,
  name: string,
  key: string,
): Promise<void> {
  const bytes = await exchange.body(4 * 1024 * 1024);
  const digest = digestOf(bytes);
  if (key.includes(':') && key !== digest) throw new RegistryFault(400, 'DIGEST_INVALID');
  const mediaType = exchange.header('content-type') ?? '';
  const document = JSON.parse(bytes.toString('utf8')) as Document;
  if (document.mediaType !== undefined && document.mediaType !== mediaType)
    throw new RegistryFault(400, 'MANIFEST_INVALID');
  const parts = [...(document.layers ?? []), ...(document.config === undefined ? [] : [document.config])];
  if (parts.some((part) => !repository.blobs.has(part.digest)))
    throw new RegistryFault(400, 'MANIFEST_BLOB_UNKNOWN');
  if ((document.manifests ?? []).some((entry) => !repository.manifests.has(entry.digest)))
    throw new RegistryFault(400, 'MANIFEST_BLOB_UNKNOWN');
  repository.manifests.set(digest, { digest, mediaType, bytes });
  if (!key.includes(':')) repository.tags.set(key, digest);
  const subject = options.referrers === false ? undefined : document.subject?.digest;
  exchange.answer(201, {
    location: `/v2/${name}/manifests/${digest}`,
    'docker-content-digest': digest,
    ...(subject === undefined ? {} : { 'oci-subject': subject }),
  });
}
