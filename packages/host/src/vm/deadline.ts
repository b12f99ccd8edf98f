import { createContext, Script } from 'node:vm';

/** A call had not come back when its time was over. */
export class DeadlineExceeded extends Error {
  constructor(ms: number) {
    super(`it was still running after ${ms} ms`);
  }
}

/**
 * Runs things that may never come back. WebAssembly cannot be left from outside; V8 can be told to end what it runs, from
 * another thread, which is what Node's `vm` does for a script with a timeout. Nothing between here and what was running is
 * asked, no `catch` and no `finally`: whoever calls this restores what it has changed. It costs some ten microseconds.
 */
export class Deadline {
  readonly #ms: number;
  readonly #script = new Script('run()');
  readonly #globals: { run: (() => unknown) | undefined } = { run: undefined };
  readonly #context = createContext(this.#globals);

  constructor(ms: number) {
    this.#ms = ms;
  }

  /** @throws DeadlineExceeded, or what `action` throws. */
  run(action: () => number | undefined): number | undefined {
    this.#globals.run = action;
    try {
      return this.#script.runInContext(this.#context, { timeout: this.#ms }) as number | undefined;
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      throw code === 'ERR_SCRIPT_EXECUTION_TIMEOUT' ? new DeadlineExceeded(this.#ms) : error;
    } finally {
      this.#globals.run = undefined;
    }
  }
}
