import type { EventEmitter } from 'node:events';
import { closeSync } from 'node:fs';
import process from 'node:process';
import { Worker } from 'node:worker_threads';
import { lateEvent, watchThread, type WatchTask } from './watch-thread.ts';

/** How often is looked before a call is late. */
const looks = 20;

/** A call into a filter that does not come back. */
export interface StuckCall {
  readonly filter: string;
  /** `on_request_headers`, `malloc` … */
  readonly callback: string;
  /** That it was given. */
  readonly deadlineMs: number;
}

/** Told of each call into a filter; one may begin within another. */
export interface CallGuard {
  enter(filter: string, callback: string): void;
  /** The call that began last is back. */
  leave(): void;
}

/**
 * Ends the process when a call into a filter does not come back: until it does nothing else runs, not even what listens for
 * Ctrl-C. Wasm cannot be left from outside: V8 can end it (`terminateExecution`), but then no `finally` runs, Node's own
 * neither. So another thread sees that it is late, and has the main thread say so, in the middle of the loop, and exit.
 */
export class Watchdog implements CallGuard, AsyncDisposable {
  readonly #running = new Int32Array(new SharedArrayBuffer(4));
  readonly #thread: Worker;
  readonly #onLate: (call: number) => void;
  readonly #stack: (readonly [filter: string, callback: string])[] = [];
  #calls = 0;

  /** `onStuck` is the last that runs; it returns the exit code of the process. */
  constructor(deadlineMs: number, onStuck: (call: StuckCall) => number) {
    const workerData: WatchTask = {
      shared: this.#running.buffer,
      looks,
      everyMs: deadlineMs / looks,
      lateEvent,
    };
    this.#thread = new Worker(`(${watchThread.toString()})()`, { eval: true, execArgv: [], workerData });
    this.#thread.unref();
    this.#onLate = (call) => {
      const stuck = this.#stack.at(-1);
      // It may have come back just now.
      if (stuck === undefined || call !== this.#running[0]) return;
      const exitCode = onStuck({ filter: stuck[0], callback: stuck[1], deadlineMs });
      // Node would say there that it waits for a debugger: the session of our own thread.
      closeSync(2);
      process.exit(exitCode);
    };
    (process as EventEmitter).on(lateEvent, this.#onLate);
  }

  enter(filter: string, callback: string): void {
    if (this.#stack.push([filter, callback]) > 1) return;
    this.#calls = (this.#calls % 0x7fff_ffff) + 1;
    Atomics.store(this.#running, 0, this.#calls);
  }

  leave(): void {
    this.#stack.pop();
    if (this.#stack.length === 0) Atomics.store(this.#running, 0, 0);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    (process as EventEmitter).off(lateEvent, this.#onLate);
    await this.#thread.terminate();
  }
}
