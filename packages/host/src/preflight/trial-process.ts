import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import module from 'node:module';
import type { LogEntry } from '../ports/ports.ts';
import type { PreflightTask, StartOutcome, WorkerMessage } from './protocol.ts';

// Node strips types from sources, but not below node_modules: what is published is JavaScript.
const extension = import.meta.url.endsWith('.ts') ? 'ts' : 'js';

/** How a filter's start ended in a process: as it said itself, or when its time was over, or with the process. */
export interface TrialEnd {
  readonly outcome: StartOutcome | 'deadline' | 'crashed';
  /** What ran last, `compilation` or a callback. */
  readonly callback: string;
  readonly logs: readonly LogEntry[];
}

/**
 * A process that tries one filter after another. A process and not a thread: V8 keeps one record of compiled code for all
 * threads, and ends the whole process when threads that run WebAssembly come and go (nodejs/node#64500).
 */
export class TrialProcess {
  readonly #child: ChildProcess;
  readonly #exited: Promise<unknown>;
  #isSpent = false;
  #isUsed = false;

  constructor() {
    const cache = module.getCompileCacheDir?.();
    this.#child = fork(new URL(`./trial-worker.${extension}`, import.meta.url), [], {
      serialization: 'advanced',
      // A filter's standard output is its log; what V8 itself may print is not.
      stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
      env: cache === undefined ? {} : { NODE_COMPILE_CACHE: cache },
      execArgv: [],
      // Ctrl-C on a terminal is for us: we end it.
      detached: true,
    });
    this.#exited = once(this.#child, 'exit');
    this.#child.once('disconnect', () => (this.#isSpent = true));
  }

  /** False once a filter did not come back from it, or it is gone. */
  get isUsable(): boolean {
    return !this.#isSpent;
  }

  /** True if a filter was tried in it before. */
  get isUsed(): boolean {
    return this.#isUsed;
  }

  /** Tries one filter; one at a time. Rejects with the signal's reason when aborted. */
  async run(task: PreflightTask, signal?: AbortSignal): Promise<TrialEnd> {
    const logs: LogEntry[] = [];
    let callback = 'compilation';
    const { promise, resolve, reject } = Promise.withResolvers<TrialEnd['outcome']>();
    const timer = setTimeout(() => resolve('deadline'), task.deadlineMs);
    const heard = (data: unknown): void => {
      const message = data as WorkerMessage;
      if (message.kind === 'callback') {
        // The filter's time begins when its process is ready for it.
        if (message.name === 'compilation') timer.refresh();
        callback = message.name;
      }
      if (message.kind === 'log' && logs.length < task.maxLogs) logs.push(message.entry);
      if (message.kind === 'outcome') resolve(message.outcome);
    };
    // After everything that it said: nothing comes once the channel is closed.
    const lost = (): void => resolve('crashed');
    const aborted = (): void => reject(signal?.reason as Error);
    const child = this.#child.on('message', heard).once('disconnect', lost).once('error', reject);
    signal?.addEventListener('abort', aborted, { once: true });
    try {
      child.send(task);
      const outcome = await promise;
      this.#isSpent ||= typeof outcome === 'string';
      return { outcome, callback, logs };
    } catch (error) {
      this.#isSpent = true;
      throw error;
    } finally {
      this.#isUsed = true;
      clearTimeout(timer);
      signal?.removeEventListener('abort', aborted);
      child.off('message', heard).off('disconnect', lost).off('error', reject);
    }
  }

  /** Ends it, and what runs in it. */
  async end(): Promise<void> {
    this.#child.kill('SIGKILL');
    await this.#exited;
  }
}
