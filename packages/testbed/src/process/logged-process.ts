import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { WasmcastError } from '@wasmcast/core';

const logLimit = 8 * 1024 * 1024;

/** A child that lives no longer than the test that started it, with its output in memory (the last 8 MiB). */
export class LoggedProcess implements AsyncDisposable {
  readonly name: string;
  readonly #child: ChildProcess;
  readonly #end: Promise<string>;
  readonly #watchers = new Set<() => void>();
  #log = '';
  #ended: string | undefined;

  constructor(
    name: string,
    command: string,
    args: readonly string[],
    env?: Readonly<Record<string, string>>,
  ) {
    this.name = name;
    this.#child = spawn(command, args, {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, ...env },
    });
    const collect = (chunk: Buffer): void => {
      this.#log = (this.#log + chunk.toString()).slice(-logLimit);
      this.#notify();
    };
    this.#child.stdout?.on('data', collect);
    this.#child.stderr?.on('data', collect);
    this.#end = new Promise((resolve) => {
      this.#child.on('error', (error) => resolve(error.message));
      this.#child.on('close', (code, signal) => resolve(signal ?? `code ${code}`));
    });
    void this.#end.then((how) => {
      this.#ended = how;
      this.#notify();
    });
  }

  get pid(): number {
    return this.#child.pid ?? -1;
  }

  /** Everything it has written so far, stdout and stderr as they came. */
  get log(): string {
    return this.#log;
  }

  /** How it ended (`code 0`, `SIGKILL`), once it has. */
  get ended(): Promise<string> {
    return this.#end;
  }

  /**
   * Waits until `find` gives something for the log, looking again after each output.
   *
   * @throws WasmcastError WC-BED-004 when the process ends or the time is over first.
   */
  async logged<T>(find: (log: string) => T | undefined, timeoutMs = 20_000): Promise<T> {
    const deadline = performance.now() + timeoutMs;
    for (;;) {
      const found = find(this.#log);
      if (found !== undefined) return found;
      if (this.#ended !== undefined) throw this.failure(`ended with ${this.#ended}`);
      const left = deadline - performance.now();
      if (left <= 0) throw this.failure(`did not say what was expected in ${timeoutMs} ms`);
      await this.#next(left);
    }
  }

  /** An error about this process with the end of its log. */
  failure(what: string): WasmcastError {
    const tail = this.#log.trimEnd().split('\n').slice(-15).join('\n');
    return new WasmcastError('WC-BED-004', `${this.name} ${what}\n${tail}`);
  }

  /** SIGTERM, and SIGKILL after `graceMs`; resolves when it has ended. */
  async stop(graceMs = 3000): Promise<void> {
    this.#child.kill('SIGTERM');
    const timer = setTimeout(() => this.#child.kill('SIGKILL'), graceMs);
    await this.#end;
    clearTimeout(timer);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }

  #next(timeoutMs: number): Promise<void> {
    return new Promise((resolve) => {
      const done = (): void => {
        clearTimeout(timer);
        this.#watchers.delete(done);
        resolve();
      };
      const timer = setTimeout(done, timeoutMs);
      this.#watchers.add(done);
    });
  }

  #notify(): void {
    for (const watcher of this.#watchers) watcher();
  }
}
