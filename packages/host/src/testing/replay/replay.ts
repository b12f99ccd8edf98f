import type { RecordedExchange, RecordedHeaders } from '@wasmcast/core';
import { loadFilter, type TestFilterOptions } from '../load-filter.ts';
import type { TestHeaders } from '../messages.ts';
import type { TestFilter } from '../test-filter.ts';
import { seenOf, type Seen } from './seen.ts';

/** A filter as one side of a replay. */
export interface ReplaySide {
  /** A file, or bytes. */
  readonly module: string | Uint8Array;
  readonly options?: TestFilterOptions;
}

/** One value in which the two sides differ. */
export interface Difference {
  /** `response.headers.x-user`, `upstream.body`, `logs`, `trap`, `metrics.hits`. */
  readonly what: string;
  /** As text; absent where that side has none. */
  readonly before?: string | undefined;
  readonly after?: string | undefined;
}

/** An exchange that went another way; of metrics, which are compared at the end, none. */
export interface ReplayFinding {
  /** Place in the recording; absent for metrics. */
  readonly index?: number;
  readonly request?: { readonly method: string; readonly path: string };
  readonly differences: readonly Difference[];
}

/**
 * Sends recorded traffic through two filters, each with the recorded answer as the upstream's, and yields where they do not do the
 * same: to the upstream, to the client, in logs, traps and, at the end, metrics. Both have the same clock and random numbers.
 * Each side is one instance for all exchanges, as in a proxy; one that has trapped is loaded anew.
 *
 * @throws WasmcastError WC-HST-001 and WC-HST-002 when a side does not start.
 */
export async function* replay(
  exchanges: Iterable<RecordedExchange>,
  before: ReplaySide,
  after: ReplaySide,
): AsyncGenerator<ReplayFinding> {
  const sides = [await Side.load(before), await Side.load(after)] as const;
  try {
    let index = 0;
    for (const exchange of exchanges) {
      const [was, is] = [await sides[0].run(exchange), await sides[1].run(exchange)];
      const differences = differ(was, is);
      const { method, path } = exchange.request;
      if (differences.length > 0) yield { index, request: { method, path }, differences };
      index++;
    }
    const differences = differ(sides[0].metrics(), sides[1].metrics());
    if (differences.length > 0) yield { differences };
  } finally {
    for (const side of sides) await side[Symbol.asyncDispose]();
  }
}

function differ(before: Seen, after: Seen): Difference[] {
  const names = new Set([...before.keys(), ...after.keys()]);
  return [...names]
    .filter((what) => before.get(what) !== after.get(what))
    .map((what) => ({ what, before: before.get(what), after: after.get(what) }));
}

/** A filter, and what it has counted in the instances before. */
class Side implements AsyncDisposable {
  readonly #side: ReplaySide;
  #filter: TestFilter;

  private constructor(side: ReplaySide, filter: TestFilter) {
    this.#side = side;
    this.#filter = filter;
  }

  static async load(side: ReplaySide): Promise<Side> {
    return new Side(side, await loadSide(side));
  }

  async run({ request, response }: RecordedExchange): Promise<Seen> {
    const { method, path, authority, scheme } = request;
    const result = await this.#filter.request(
      { method, path, authority, scheme, ...messageOf(request) },
      { upstream: { status: response.status, ...messageOf(response) } },
    );
    const { trap } = this.#filter.plugin;
    if (trap !== undefined) {
      await this.#filter[Symbol.asyncDispose]();
      this.#filter = await loadSide(this.#side);
    }
    return seenOf(result, trap?.message);
  }

  metrics(): Seen {
    const all = this.#filter.metrics.all();
    return new Map(
      all.map(({ name, type, value, count }) => [
        `metrics.${name}`,
        `${type === 'histogram' ? count : value}`,
      ]),
    );
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#filter[Symbol.asyncDispose]();
  }
}

function loadSide({ module, options }: ReplaySide): Promise<TestFilter> {
  return loadFilter(module, { ...options, strict: false });
}

function messageOf({
  headers,
  body,
  trailers,
}: Pick<RecordedExchange['request'], 'headers' | 'body' | 'trailers'>): {
  readonly headers: TestHeaders;
  readonly body?: Uint8Array;
  readonly trailers?: TestHeaders;
} {
  return {
    headers: byName(headers),
    // An empty piece would be a piece, and no trailers would be trailers.
    ...(body.length > 0 && { body }),
    ...(trailers.length > 0 && { trailers: byName(trailers) }),
  };
}

function byName(fields: RecordedHeaders): TestHeaders {
  const all: Record<string, string[]> = {};
  for (const [name, value] of fields) (all[name] ??= []).push(value);
  return all;
}
