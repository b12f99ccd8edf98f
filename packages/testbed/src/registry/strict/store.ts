import { createHash } from 'node:crypto';

/** A manifest as it was pushed. */
export interface StoredManifest {
  readonly digest: string;
  readonly mediaType: string;
  readonly bytes: Buffer;
}

/** What one repository holds. Blobs belong to repositories: one must be pushed to, or mounted into, each. */
export interface Repository {
  readonly blobs: Map<string, Buffer>;
  readonly manifests: Map<string, StoredManifest>;
  /** Tag to digest. */
  readonly tags: Map<string, string>;
}

/** Everything that a strict registry holds, in memory. */
export class Store {
  readonly repositories = new Map<string, Repository>();

  /** The repository; made when it is first written to. */
  open(name: string): Repository {
    const found = this.repositories.get(name);
    if (found !== undefined) return found;
    const made: Repository = { blobs: new Map(), manifests: new Map(), tags: new Map() };
    this.repositories.set(name, made);
    return made;
  }

  /** The manifest of a tag or a digest. */
  manifest(name: string, key: string): StoredManifest | undefined {
    const repository = this.repositories.get(name);
    return repository?.manifests.get(repository.tags.get(key) ?? key);
  }
}

/** `sha256:<hex>` of bytes. */
export function digestOf(bytes: Uint8Array): string {
  return `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
}
