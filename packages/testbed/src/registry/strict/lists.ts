import { RegistryFault } from './exchange.ts';
import type { Exchange } from './exchange.ts';
import type { StrictOptions } from './options.ts';
import { digestOf } from './store.ts';
import type { Store } from './store.ts';

/** GET `/v2/<name>/tags/list`, page by page. */
export function tags(exchange: Exchange, store: Store, options: StrictOptions, name: string): void {
  const repository = store.repositories.get(name);
  if (repository === undefined) throw new RegistryFault(404, 'NAME_UNKNOWN');
  const page = paged(exchange, options, [...repository.tags.keys()]);
  exchange.json({ name, tags: page.entries }, page.headers);
}

/** GET `/v2/_catalog`, page by page. */
export function catalog(exchange: Exchange, store: Store, options: StrictOptions): void {
  const page = paged(exchange, options, [...store.repositories.keys()]);
  exchange.json({ repositories: page.entries }, page.headers);
}

/** GET `/v2/<name>/referrers/<digest>`: an index of the manifests whose `subject` is that one. */
export function referrers(exchange: Exchange, store: Store, name: string, subject: string): void {
  const wanted = exchange.url.searchParams.get('artifactType');
  const found = [...(store.repositories.get(name)?.manifests.values() ?? [])].flatMap(
    ({ bytes, mediaType }) => {
      const document = JSON.parse(bytes.toString('utf8')) as {
        readonly subject?: { readonly digest: string };
        readonly artifactType?: string;
        readonly config?: { readonly mediaType: string };
        readonly annotations?: object;
      };
      if (document.subject?.digest !== subject) return [];
      const artifactType = document.artifactType ?? document.config?.mediaType;
      const { annotations } = document;
      return [{ mediaType, digest: digestOf(bytes), size: bytes.length, artifactType, annotations }];
    },
  );
  const type = 'application/vnd.oci.image.index.v1+json';
  exchange.json(
    {
      schemaVersion: 2,
      mediaType: type,
      manifests: found.filter((entry) => wanted === null || entry.artifactType === wanted),
    },
    { 'content-type': type, ...(wanted === null ? {} : { 'oci-filters-applied': 'artifactType' }) },
  );
}

function paged(
  exchange: Exchange,
  options: StrictOptions,
  all: readonly string[],
): { readonly entries: readonly string[]; readonly headers: Readonly<Record<string, string>> } {
  const { searchParams, pathname } = exchange.url;
  const n = Math.min(Number(searchParams.get('n') ?? Infinity), options.pageSize ?? 100);
  const last = searchParams.get('last') ?? '';
  const rest = all.toSorted().filter((entry) => entry > last);
  const entries = rest.slice(0, n);
  if (rest.length <= n) return { entries, headers: {} };
  const next = `${pathname}?last=${encodeURIComponent(entries.at(-1) ?? '')}&n=${n}`;
  return { entries, headers: { link: `<${next}>; rel="next"` } };
}
