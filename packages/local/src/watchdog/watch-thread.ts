/** The event of `process` that {@link watchThread} emits in the main thread, with the number of the call that is late. */
export const lateEvent = 'wasmcast:late-call';

/** What the thread is started with. */
export interface WatchTask {
  /** One Int32: 0 while no call runs, else its number. */
  readonly shared: SharedArrayBuffer;
  readonly looks: number;
  readonly everyMs: number;
  readonly lateEvent: string;
}

/**
 * The body of the watchdog's thread. It is started from its own text, so it must need nothing around it: a `.ts` file would
 * have Node strip types in the thread, by WebAssembly, and threads that run that can end all of Node (nodejs/node#64500).
 *
 * It counts looks and not time: a process that was suspended is not late.
 */
export function watchThread(): void {
  const { workerData } = process.getBuiltinModule('node:worker_threads');
  const task = workerData as WatchTask;
  const running = new Int32Array(task.shared);
  let seen = 0;
  let count = 0;
  setInterval(() => {
    const call = Atomics.load(running, 0);
    count = call === 0 || call !== seen ? 0 : count + 1;
    seen = call;
    if (count !== task.looks) return;
    // What a debugger asks for is the one thing that a busy thread does beside its loop.
    const { Session } = process.getBuiltinModule('node:inspector');
    const session = new Session();
    session.connectToMainThread();
    const expression = `process.emit(${JSON.stringify(task.lateEvent)}, ${call})`;
    session.post('Runtime.evaluate', { expression }, () => session.disconnect());
  }, task.everyMs);
}
