import { Worker } from 'node:worker_threads';
import type { CallGuard } from '../ports/ports.ts';
import type { WatchdogTask } from './thread.ts';

/** What main and thread share, each an Int32. */
export const cells = {
  /** Odd while a call runs; another number for each call. */
  call: 0,
  /** The call that the thread gave up, as {@link cells.call} was. */
  overrun: 1,
  /** The call that was ended. Set after V8 took the order, so that what runs later is not ended in its place. */
  ended: 2,
} as const;

// Node strips types from sources, but not below node_modules: what is published is JavaScript.
const extension = import.meta.url.endsWith('.ts') ? 'ts' : 'js';

/**
 * Ends calls into modules that do not come back: a thread watches the main one, and has V8 end what runs there (the inspector's
 * `Runtime.terminateExecution`, which an endless loop of WebAssembly obeys too). No `catch` or `finally` of what was ended
 * runs; so whoever enters leaves behind what is to be done then. It costs a running call nothing.
 */
export class Watchdog implements CallGuard, AsyncDisposable {
  readonly #cells = new Int32Array(new SharedArrayBuffer(4 * Object.keys(cells).length));
  readonly #deadlineMs: number;
  readonly #thread: Worker;
  #running: ((reason: string) => void)[] = [];

  /** A call may take `deadlineMs` milliseconds, the calls within it included. Only for the main thread. */
  constructor(deadlineMs: number) {
    this.#deadlineMs = deadlineMs;
    const task: WatchdogTask = { shared: this.#cells.buffer as SharedArrayBuffer, deadlineMs };
    this.#thread = new Worker(new URL(`./thread.${extension}`, import.meta.url), {
      workerData: task,
      env: {},
      execArgv: [],
    });
    this.#thread.unref();
    this.#thread.on('message', () => this.#settle());
    // Without its thread nothing is ended, as without a watchdog; what it watches goes on.
    this.#thread.on('error', () => undefined);
  }

  enter(onOverrun: (reason: string) => void): void {
    if (this.#running.length === 0) Atomics.add(this.#cells, cells.call, 1);
    else this.#settle();
    // After settling this may be the outermost.
    if (Atomics.load(this.#cells, cells.call) % 2 === 0) Atomics.add(this.#cells, cells.call, 1);
    this.#running.push(onOverrun);
  }

  leave(): void {
    if (this.#running.length === 1) {
      // It came back at the very moment at which it was given up: the end comes here and not to an innocent.
      this.#awaitEnd();
      Atomics.add(this.#cells, cells.call, 1);
    }
    this.#running.pop();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#thread.terminate();
  }

  /** Tells all who were in the call that was ended, innermost first. */
  #settle(): void {
    if (!this.#awaitEnd()) return;
    const running = this.#running;
    this.#running = [];
    Atomics.add(this.#cells, cells.call, 1);
    const reason = `it did not come back within ${this.#deadlineMs / 1000} s`;
    for (const onOverrun of running.toReversed()) onOverrun(reason);
  }

  /** False: the present call was not given up. True: it was, and has been ended; or this here is still in it, and is ended. */
  #awaitEnd(): boolean {
    const call = Atomics.load(this.#cells, cells.call);
    if (call % 2 === 0 || Atomics.load(this.#cells, cells.overrun) !== call) return false;
    while (Atomics.load(this.#cells, cells.ended) !== call);
    return true;
  }
}
