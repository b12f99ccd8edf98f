/** One side of a comparison: what it is called, and one run of it; returns what was measured, e.g. milliseconds. */
export interface Side {
  readonly name: string;
  run(): Promise<number>;
}

/** How often is measured. */
export interface Rounds {
  readonly rounds: number;
  /** Runs of each side in a round, in the order ABBA ABBA …: drift of the machine hits both the same. Even. */
  readonly runs: number;
}

/** What a comparison gave. */
export interface Comparison {
  /** Of each round, the median of `a` over the median of `b`. */
  readonly ratios: readonly number[];
  readonly ratio: Spread;
  readonly a: Spread;
  readonly b: Spread;
}

/** The middle of some numbers, and their ends. */
export interface Spread {
  readonly median: number;
  readonly min: number;
  readonly max: number;
}

/** Measures both sides in turn, after one run of each that does not count. `onRound` is told as it goes on. */
export async function compare(
  a: Side,
  b: Side,
  { rounds, runs }: Rounds,
  onRound: (round: number, ratio: number) => void = () => undefined,
): Promise<Comparison> {
  await a.run();
  await b.run();
  const all = { a: [] as number[], b: [] as number[] };
  const ratios: number[] = [];
  for (let round = 1; round <= rounds; round++) {
    const now = { a: [] as number[], b: [] as number[] };
    for (let pair = 0; pair < runs / 2; pair++) {
      for (const side of ['a', 'b', 'b', 'a'] as const) now[side].push(await (side === 'a' ? a : b).run());
    }
    const ratio = median(now.a) / median(now.b);
    ratios.push(ratio);
    all.a.push(...now.a);
    all.b.push(...now.b);
    onRound(round, ratio);
  }
  return { ratios, ratio: spread(ratios), a: spread(all.a), b: spread(all.b) };
}

/** The middle value; of an even number the mean of the two in the middle. */
export function median(numbers: readonly number[]): number {
  const sorted = numbers.toSorted((x, y) => x - y);
  const half = sorted.length / 2;
  const high = sorted[Math.floor(half)] ?? Number.NaN;
  return Number.isInteger(half) ? ((sorted[half - 1] ?? Number.NaN) + high) / 2 : high;
}

/** Median and ends. */
export function spread(numbers: readonly number[]): Spread {
  return { median: median(numbers), min: Math.min(...numbers), max: Math.max(...numbers) };
}

/** `12.3 (11.9 to 14.0)`. */
export function spreadText({ median: middle, min, max }: Spread, digits = 1): string {
  return `${middle.toFixed(digits)} (${min.toFixed(digits)} to ${max.toFixed(digits)})`;
}
