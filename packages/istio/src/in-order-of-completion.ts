/** Runs tasks, at most `limit` at a time, and gives each result as soon as it is there. */
export async function* inOrderOfCompletion<T, R>(
  tasks: readonly T[],
  limit: number,
  run: (task: T) => Promise<R>,
): AsyncIterable<R> {
  const queue = [...tasks];
  const running = new Map<number, Promise<{ readonly key: number; readonly result: R }>>();
  let next = 0;
  const start = (): void => {
    const task = queue.shift();
    if (task === undefined) return;
    const key = next++;
    running.set(
      key,
      run(task).then((result) => ({ key, result })),
    );
  };
  for (let i = 0; i < limit; i++) start();
  try {
    while (running.size > 0) {
      // oxlint-disable-next-line no-await-in-loop
      const { key, result } = await Promise.race(running.values());
      running.delete(key);
      start();
      yield result;
    }
  } finally {
    // A reader that stops early, or a signal, leaves no rejection behind.
    await Promise.allSettled(running.values());
  }
}
