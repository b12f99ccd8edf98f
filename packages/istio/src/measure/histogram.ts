/** How many values were at most as large as each upper bound, as Envoy and Prometheus show a histogram. */
export type Histogram = ReadonlyMap<number, number>;

/** The sum of histograms with the same bounds. */
export function sumOf(histograms: readonly Histogram[]): Histogram {
  const sum = new Map<number, number>();
  for (const histogram of histograms)
    for (const [bound, count] of histogram) sum.set(bound, (sum.get(bound) ?? 0) + count);
  return sum;
}

/** What came to a histogram since an earlier reading; all of it if it began anew meanwhile. */
export function growthOf(now: Histogram, before: Histogram | undefined): Histogram {
  if (before === undefined || [...now].some(([bound, count]) => count < (before.get(bound) ?? 0))) return now;
  return new Map([...now].map(([bound, count]) => [bound, count - (before.get(bound) ?? 0)]));
}

/** The value that a share of all values does not exceed, between two bounds by proportion; undefined if there are none. */
export function quantileOf(histogram: Histogram, share: number): number | undefined {
  const bounds = [...histogram].toSorted(([a], [b]) => a - b);
  const total = bounds.at(-1)?.[1] ?? 0;
  if (total === 0) return undefined;
  const rank = share * total;
  let low = 0;
  let below = 0;
  for (const [bound, count] of bounds) {
    if (count >= rank) {
      // Above the last bound there is nothing to measure by.
      return bound === Infinity ? low : low + ((bound - low) * (rank - below)) / (count - below);
    }
    low = bound;
    below = count;
  }
  return low;
}

/** How far back a quantile looks, and the least time between readings that are kept, in milliseconds. */
const windowMs = 60_000;
const stepMs = 1000;

/** Readings of one histogram: what a proxy shows goes back to its start, and says little of a minute ago. */
export class RecentValues {
  #kept: readonly { readonly at: number; readonly histogram: Histogram }[] = [];

  /** The quantile of the last minute, or since the first reading; that itself goes back to the start of the proxy. */
  quantile(histogram: Histogram, share: number, at: number): number | undefined {
    const baseline = this.#kept.findLast((reading) => at - reading.at >= windowMs) ?? this.#kept[0];
    const since = baseline?.at ?? -Infinity;
    this.#kept = this.#kept.filter((reading) => reading.at >= since);
    if (at - (this.#kept.at(-1)?.at ?? -Infinity) >= stepMs) this.#kept = [...this.#kept, { at, histogram }];
    return quantileOf(growthOf(histogram, baseline?.histogram), share);
  }
}
