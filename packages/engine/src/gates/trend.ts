/** A value at a moment, in milliseconds. */
export interface Sample {
  readonly at: number;
  readonly value: number;
}

/** Fewer points than this are no trend. */
const leastSamples = 3;

/** By how much a value grows in a minute: the slope of the line of least squares. Undefined for too few samples. */
export function growthPerMinute(samples: readonly Sample[]): number | undefined {
  if (samples.length < leastSamples) return undefined;
  const mean = (of: (sample: Sample) => number): number =>
    samples.reduce((sum, sample) => sum + of(sample), 0) / samples.length;
  const [at, value] = [mean((s) => s.at), mean((s) => s.value)];
  const spread = mean((s) => (s.at - at) ** 2);
  return spread === 0 ? undefined : (mean((s) => (s.at - at) * (s.value - value)) / spread) * 60_000;
}
