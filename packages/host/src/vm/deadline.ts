import { createContext, Script, type Context } from 'node:vm';

/** A call had not come back when its time was over. */
export class DeadlineExceeded extends Error {
  constructor(ms: number) {
    super(`it was still running after ${ms} ms`);
  }
}

/** What the script calls; set for the time of a run. */
interface Globals {
  run: (() => number | undefined) | undefined;
}

/** A context costs a millisecond and half a megabyte, and keeps nothing from one run to the next: all share one. */
let shared: { readonly globals: Globals; readonly context: Context; readonly script: Script } | undefined;

/**
 * Runs things that may never come back. WebAssembly cannot be left from outside; V8 can be told to end what it runs, from
 * another thread, which is what Node's `vm` does for a script with a timeout. Nothing between here and what was running is
 * asked, no `catch` and no `finally`: whoever calls this restores what it has changed. It costs some ten microseconds.
 */
export class Deadline {
  readonly #ms: number;

  constructor(ms: number) {
    this.#ms = ms;
    if (shared !== undefined) return;
    const globals: Globals = { run: undefined };
    shared = { globals, context: createContext(globals), script: new Script('run()') };
  }

  /** @throws DeadlineExceeded, or what `action` throws. */
  run(action: () => number | undefined): number | undefined {
    const { globals, context, script } = shared as NonNullable<typeof shared>;
    const outer = globals.run;
    globals.run = action;
    try {
      return script.runInContext(context, { timeout: this.#ms }) as number | undefined;
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      throw code === 'ERR_SCRIPT_EXECUTION_TIMEOUT' ? new DeadlineExceeded(this.#ms) : error;
    } finally {
      globals.run = outer;
    }
  }
}
