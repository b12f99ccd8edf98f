/**
 * `Promise.all` over `items.map(run)`, with at most `limit` running at a time and the results in the order of the items.
 * The first failure aborts what runs through the signal that `run` gets, begins nothing new, and is thrown when
 * everything has ended: nothing works on behind the back of whoever called.
 */
export async function mapBounded<T, R>(
  items: readonly T[],
  limit: number,
  signal: AbortSignal,
  run: (item: T, signal: AbortSignal) => Promise<R>,
): Promise<readonly R[]> {
  const failure = new AbortController();
  const both = AbortSignal.any([signal, failure.signal]);
  const results: R[] = [];
  let next = 0;
  const worker = async (): Promise<void> => {
    while (next < items.length && !both.aborted) {
      const index = next++;
      try {
        results[index] = await run(items[index] as T, both);
      } catch (error) {
        failure.abort(error);
      }
    }
  };
  await Promise.all(Array.from({ length: Math.min(limit, items.length) }, worker));
  both.throwIfAborted();
  return results;
}
