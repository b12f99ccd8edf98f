import os from 'node:os';
import process from 'node:process';

/** Where text goes. */
export interface Output {
  write(text: string): void;
  /** True if a person is likely to watch: lines may be rewritten. */
  readonly isTerminal: boolean;
  /** Of a terminal, now; it may change. */
  size?(): { readonly columns: number; readonly rows: number };
}

/** The outside world, as commands see it. Tests bring their own. */
export interface Context {
  /** The answer. */
  readonly stdout: Output;
  /** Progress and errors. */
  readonly stderr: Output;
  readonly stdin: AsyncIterable<Uint8Array>;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
  /** `user@host`. */
  readonly user: string;
  /** Aborted by the first interrupt: what only reads ends, what writes begins nothing new. */
  readonly stop: AbortSignal;
  /** Aborted by the second interrupt: end at once. */
  readonly signal: AbortSignal;
}

/** The context of a real process; interrupts (SIGINT, SIGTERM) abort its signals. */
export function processContext(): Context {
  const stop = new AbortController();
  const signal = new AbortController();
  const interrupt = (): void => {
    if (stop.signal.aborted) signal.abort(new Error('interrupted'));
    else stop.abort(new Error('interrupted'));
  };
  process.on('SIGINT', interrupt);
  process.on('SIGTERM', interrupt);
  return {
    // Each stream of a process is made when it is first touched, which takes milliseconds: `--help` needs one only.
    stdout: new LazyOutput(() => process.stdout),
    stderr: new LazyOutput(() => process.stderr),
    get stdin() {
      return process.stdin;
    },
    env: process.env,
    cwd: process.cwd(),
    user: `${process.env['USER'] ?? process.env['LOGNAME'] ?? os.userInfo().username}@${os.hostname()}`,
    stop: stop.signal,
    signal: signal.signal,
  };
}

class LazyOutput implements Output {
  readonly #open: () => NodeJS.WriteStream;
  #opened: NodeJS.WriteStream | undefined;

  constructor(open: () => NodeJS.WriteStream) {
    this.#open = open;
  }

  write(text: string): void {
    this.#stream.write(text);
  }

  get isTerminal(): boolean {
    return this.#stream.isTTY;
  }

  size(): { readonly columns: number; readonly rows: number } {
    return { columns: this.#stream.columns || 80, rows: this.#stream.rows || 24 };
  }

  get #stream(): NodeJS.WriteStream {
    if (this.#opened === undefined) {
      this.#opened = this.#open();
      this.#opened.on('error', (error: NodeJS.ErrnoException) => {
        // A reader that went away (`wasmcast status | head`) is no failure of ours.
        if (error.code !== 'EPIPE') throw error;
      });
    }
    return this.#opened;
  }
}

/** True if colour is wanted on this output: a terminal, NO_COLOR unset, TERM not dumb; FORCE_COLOR overrides. */
export function wantsColor(output: Output, env: Context['env']): boolean {
  if (env['FORCE_COLOR'] !== undefined && env['FORCE_COLOR'] !== '0') return true;
  return output.isTerminal && !env['NO_COLOR'] && env['TERM'] !== 'dumb';
}

/** `$XDG_STATE_HOME`, or its default. */
export function stateHome(env: Context['env']): string {
  return env['XDG_STATE_HOME'] || `${env['HOME'] ?? os.homedir()}/.local/state`;
}
