/** A flat list `[name, value, …]` as pairs. */
export function* pairsOf(flat: readonly string[]): IterableIterator<[string, string]> {
  for (let i = 0; i < flat.length; i += 2) yield [flat[i] as string, flat[i + 1] as string];
}
