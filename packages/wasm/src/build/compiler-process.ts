import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { extname } from 'node:path';
import { WasmcastError } from '@wasmcast/core';
import type { CompileJob, CompileOutcome } from './compile.ts';
import type { BuildProgress } from './filter-project.ts';

/** A compilation takes seconds; what takes this long hangs. */
const longestBuild = 5 * 60_000;
/** The compiler gives little back of the memory that it takes, so after so many jobs another process goes on. */
const mostJobs = 50;

type Message = BuildProgress | { readonly kind: 'outcome'; readonly outcome: CompileOutcome };

/**
 * A process in which filters are compiled, one after the other. The first job finds the compiler cold and takes seconds, the next
 * ones take a third of that: who builds again and again keeps one. It begins with the first job, and after one that did not come
 * to its end the next has another process.
 */
export class CompilerProcess implements AsyncDisposable {
  #child: ChildProcess | undefined;
  #said = '';
  #jobs = 0;

  /**
   * Compiles. Throws `signal.reason` when aborted, and WasmcastError WC-BLD-006 when the compiler crashes or takes longer than
   * five minutes.
   */
  async compile(
    job: CompileJob,
    onProgress?: (progress: BuildProgress) => void,
    signal?: AbortSignal,
  ): Promise<CompileOutcome> {
    signal?.throwIfAborted();
    const child = this.#running();
    const limit = AbortSignal.timeout(longestBuild);
    const stop = signal === undefined ? limit : AbortSignal.any([signal, limit]);
    const { promise, resolve, reject } = Promise.withResolvers<CompileOutcome>();
    const crashed = (why: string, cause?: Error): void => reject(crash(why, this.#said, cause));
    const listeners = {
      message: (data: unknown): void => {
        const message = data as Message;
        if (message.kind === 'outcome') resolve(message.outcome);
        else onProgress?.(message);
      },
      error: (error: Error): void => crashed(error.message, error),
      // After everything that it said: nothing comes once the channel is closed.
      disconnect: (): void => crashed('its process ended'),
    };
    const aborted = (): void => {
      if (signal?.aborted === true) reject(signal.reason as Error);
      else crashed('it took longer than five minutes');
    };
    stop.addEventListener('abort', aborted);
    for (const [event, listener] of Object.entries(listeners)) child.on(event, listener);
    let ended = false;
    try {
      child.send(job);
      const outcome = await promise;
      this.#jobs += 1;
      ended = true;
      return outcome;
    } finally {
      stop.removeEventListener('abort', aborted);
      for (const [event, listener] of Object.entries(listeners)) child.off(event, listener);
      if (!ended || this.#jobs >= mostJobs) await this[Symbol.asyncDispose]();
    }
  }

  /** Ends the process, if there is one; a job after that begins another. */
  async [Symbol.asyncDispose](): Promise<void> {
    const child = this.#child;
    this.#child = undefined;
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    // That it cannot be told anything any more concerns nobody now.
    child.on('error', () => undefined);
    const exited = once(child, 'exit');
    child.kill('SIGKILL');
    await exited;
  }

  #running(): ChildProcess {
    if (this.#child?.connected === true) return this.#child;
    const child = fork(workerUrl(), [], {
      serialization: 'advanced',
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
      execArgv: [],
      // Ctrl-C on a terminal is for us: we end it.
      detached: true,
    });
    this.#child = child;
    this.#jobs = 0;
    this.#said = '';
    const listen = (chunk: Buffer): void => {
      this.#said = (this.#said + chunk.toString()).slice(-8192);
    };
    child.stdout?.on('data', listen);
    child.stderr?.on('data', listen);
    return child;
  }
}

/** The source runs as `.ts`, the published package as `.js`: the process's file is of the same kind as this one. */
function workerUrl(): URL {
  return new URL(`./asc-worker${extname(new URL(import.meta.url).pathname)}`, import.meta.url);
}

function crash(why: string, said: string, cause?: Error): WasmcastError {
  const words = said.trim();
  return new WasmcastError('WC-BLD-006', `the AssemblyScript compiler crashed: ${why}`, {
    help: words === '' ? 'please report this with the source of the filter' : words,
    cause,
  });
}
