import type { Sha256 } from '@wasmcast/core';
import { OciError } from '../errors.ts';
import { formatDigest, parseDigest } from './digest.ts';

/** Where an image stands. */
export interface ImageReference {
  /** Host and, unless it is the default one, port: `docker.io`, `localhost:5000`, `[::1]:5000`. Lower case. */
  readonly registry: string;
  /** The path, e.g. `library/filter` or `team/filter`. */
  readonly repository: string;
  readonly tag?: string;
  readonly digest?: Sha256;
}

// The grammar of distribution/reference (reference/reference.go), narrowed to ASCII and sha256.
const hostPattern = /^(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?)(?:\.[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?)*$/;
const ipv6Pattern = /^\[[0-9a-f:.]{2,45}\]$/;
const componentPattern = /^[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*$/;
const tagPattern = /^[A-Za-z0-9_][A-Za-z0-9._-]{0,127}$/;
const longestName = 255;

/**
 * Reads `[oci://][registry[:port]/]repository[:tag][@sha256:…]` by Docker's rules: without a registry it is Docker Hub,
 * whose one-word repositories stand under `library/`. @throws OciError `reference`, `digest`
 */
export function parseReference(text: string): ImageReference {
  const fail = (why: string): never => {
    throw new OciError('reference', `not an image reference: ${quote(text)} (${why})`);
  };
  let rest = text.startsWith('oci://') ? text.slice('oci://'.length) : text;
  if (rest.length > 1024) fail('too long');
  if (rest === '') fail('empty');
  if (rest.includes('://')) fail('only the scheme oci:// is known');

  const at = rest.indexOf('@');
  const digest = at < 0 ? undefined : parseDigest(rest.slice(at + 1));
  if (at >= 0 && digest === undefined) {
    throw new OciError('digest', `not a sha256 digest in the image reference ${quote(text)}`);
  }
  if (at >= 0) rest = rest.slice(0, at);

  const colon = rest.lastIndexOf(':');
  const tag = colon > rest.lastIndexOf('/') ? rest.slice(colon + 1) : undefined;
  if (tag !== undefined) {
    if (!isTag(tag)) fail('the tag is malformed');
    rest = rest.slice(0, colon);
  }

  const slash = rest.indexOf('/');
  const head = slash < 0 ? '' : rest.slice(0, slash);
  const named = /[.:[]/.test(head) || head.toLowerCase() === 'localhost';
  const registry = named ? normalRegistry(head.toLowerCase()) : dockerHub;
  if (registry === undefined) return fail('the registry is malformed');
  let repository = named ? rest.slice(slash + 1) : rest;
  if (repository === '') fail('the repository is missing');
  if (!isRepository(repository)) fail('the repository is malformed');
  if (registry === dockerHub && !repository.includes('/')) repository = `library/${repository}`;
  if (registry.length + 1 + repository.length > longestName) fail('the name is too long');
  return {
    registry,
    repository,
    ...(tag === undefined ? {} : { tag }),
    ...(digest === undefined ? {} : { digest }),
  };
}

/** True for what can stand as a tag. */
export function isTag(text: string): boolean {
  return tagPattern.test(text);
}

/** True for what can stand as the name of a repository. */
export function isRepository(text: string): boolean {
  return text.length <= longestName && text.split('/').every((part) => componentPattern.test(part));
}

/** The name under which Docker Hub is known; its API stands at another host, see {@link apiHost}. */
export const dockerHub = 'docker.io';

/** The host[:port] that answers `/v2/` for a registry. */
export function apiHost(registry: string): string {
  return registry === dockerHub ? 'registry-1.docker.io' : registry;
}

/** The host without its port and without brackets: `::1`, `localhost`. */
export function hostname(registry: string): string {
  if (registry.startsWith('[')) return registry.slice(1, registry.indexOf(']'));
  return registry.split(':')[0] as string;
}

/** `registry/repository[:tag][@sha256:…]`. */
export function formatReference(ref: ImageReference): string {
  const tag = ref.tag === undefined ? '' : `:${ref.tag}`;
  const digest = ref.digest === undefined ? '' : `@${formatDigest(ref.digest)}`;
  return `${ref.registry}/${ref.repository}${tag}${digest}`;
}

/** `registry/repository@sha256:…`: what is pinned. */
export function pinnedReference(ref: ImageReference, digest: Sha256): string {
  return formatReference({ registry: ref.registry, repository: ref.repository, digest });
}

/** What stands after `/manifests/`: the digest if there is one, else the tag, else `latest`. */
export function manifestKey(ref: ImageReference): string {
  return ref.digest === undefined ? (ref.tag ?? 'latest') : formatDigest(ref.digest);
}

function normalRegistry(text: string): string | undefined {
  const match = /^(\[[^\]]*\]|[^:]*)(?::([0-9]{1,5}))?$/.exec(text);
  const host = match?.[1];
  if (host === undefined) return undefined;
  if (!(host.startsWith('[') ? ipv6Pattern : hostPattern).test(host)) return undefined;
  // URL parsers rewrite some spellings of addresses (`127.1`, `0x7f.1`, `[0:0::1]`): a name must mean one thing only.
  if (URL.parse(`https://${host}`)?.hostname !== host) return undefined;
  const port = match?.[2];
  if (port !== undefined && (Number(port) < 1 || Number(port) > 65_535 || port.startsWith('0')))
    return undefined;
  if (host === 'index.docker.io' || host === 'registry-1.docker.io' || host === dockerHub) {
    return port === undefined || port === '443' ? dockerHub : undefined;
  }
  return port === undefined ? host : `${host}:${port}`;
}

function quote(text: string): string {
  const short = text.length > 200 ? `${text.slice(0, 200)}…` : text;
  return JSON.stringify(short);
}
