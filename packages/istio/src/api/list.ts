import { isStatus, KubeError } from './api-error.ts';
import { type Kind, kinds, pathOf } from './kinds.ts';
import { type ListPage, pageReader } from './list-page.ts';
import type { KubeObject } from './objects.ts';
import { type Call, reading } from './send.ts';

/** Which objects of a kind, and how much of each. */
export interface ListOptions {
  /** Undefined: the whole cluster. */
  readonly namespace?: string | undefined;
  readonly labelSelector?: string;
  readonly fieldSelector?: string;
  /** Metadata only: what is inside stays where it is. */
  readonly metadataOnly?: boolean;
  /** Read no further than the first page when more objects than this are left on the server. */
  readonly atMost?: number;
  /** What is kept of each object; done page by page, so that of a large list no more than that is ever there. */
  readonly keep?: (object: KubeObject) => KubeObject;
}

/** What a list gave. */
export interface Listed<T> {
  readonly items: readonly T[];
  /** False when `atMost` was exceeded and only the first page was read. */
  readonly complete: boolean;
}

/** Bounds of one list. */
export interface ListLimits {
  readonly pages: number;
  readonly pageSize: number;
}

/**
 * Each holds a pod's specification, often 15 KB of JSON: of these a page has an eighth as many. What a page makes is garbage once
 * it is read, but while a large one is parsed the collector takes it for what stays.
 */
const large: ReadonlySet<Kind> = new Set([kinds.Deployment, kinds.StatefulSet, kinds.DaemonSet]);

/** Sends a call, and reads its answer. */
export type Ask = (call: Call, read: (body: Buffer) => ListPage) => Promise<ListPage>;

/** How often a list begins again because its continue token is older than what the server keeps (410). */
const maxRestarts = 2;

/** Every object of a kind, page after page. */
export async function readList<T extends KubeObject>(
  ask: Ask,
  kind: Kind,
  options: ListOptions,
  limits: ListLimits,
): Promise<Listed<T>> {
  for (let restarts = 0; ; restarts++) {
    try {
      const { items, complete } = await readPages(ask, kind, options, limits);
      return { items: items as readonly T[], complete };
    } catch (error) {
      if (!isStatus(error, 410) || restarts >= maxRestarts) throw error;
    }
  }
}

async function readPages(
  ask: Ask,
  kind: Kind,
  options: ListOptions,
  limits: ListLimits,
): Promise<Listed<KubeObject>> {
  const { namespace } = options;
  const request = { verb: 'list', resource: kind.resource, ...(namespace !== undefined && { namespace }) };
  const isMetadataOnly = options.metadataOnly === true;
  const { accept, read } = pageReader(kind, isMetadataOnly);
  const pageSize = large.has(kind) && !isMetadataOnly ? Math.ceil(limits.pageSize / 8) : limits.pageSize;
  const items: KubeObject[] = [];
  let token = '';
  for (let page = 0; page < limits.pages; page++) {
    const query = new URLSearchParams({ limit: String(pageSize) });
    if (options.labelSelector !== undefined) query.set('labelSelector', options.labelSelector);
    if (options.fieldSelector !== undefined) query.set('fieldSelector', options.fieldSelector);
    if (token !== '') query.set('continue', token);
    const path = `${pathOf(kind, namespace)}?${query.toString()}`;
    const answer = await ask(reading(request, path, accept), read);
    const found = answer.items ?? [];
    items.push(...(options.keep === undefined ? found : found.map(options.keep)));
    token = answer.metadata?.continue ?? '';
    if (token === '') return { items, complete: true };
    const left = answer.metadata?.remainingItemCount;
    if (options.atMost !== undefined && (left ?? Infinity) > options.atMost)
      return { items, complete: false };
  }
  throw new KubeError(
    'WC-KUBE-012',
    `there are more than ${limits.pages * pageSize} ${kind.resource}`,
    { status: 0 },
    { help: 'give the bindings narrower namespaces' },
  );
}
