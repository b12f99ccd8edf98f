import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import process from 'node:process';
import type { Context, Output } from '../../src/context.ts';
import { run } from '../../src/main.ts';

/** A line of `-o json`. */
export type Event = Readonly<Record<string, unknown>> & { readonly type: string };

/** What a command answered. */
export interface Ran {
  readonly exit: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** What a test may give a command beside its arguments. */
export interface RunOptions {
  readonly stdin?: string;
  /** Default `me@here`. */
  readonly user?: string;
  readonly env?: Record<string, string>;
  /** Makes stderr a terminal of this size. */
  readonly terminal?: { readonly columns: number; readonly rows: number };
  readonly stop?: AbortSignal;
  /** Told of each piece of stdout as it comes. */
  readonly onStdout?: (text: string) => void;
}

/** A mesh that `wasmcast run` keeps up in this process. */
export interface SessionMesh extends AsyncDisposable {
  /** `http://127.0.0.1:<port>` of a service. */
  url(service: string): string;
}

/** A user at work: a folder with files, a state of their own, and the command run in this process. */
export class Session implements AsyncDisposable {
  readonly folder: string;
  readonly env: Readonly<Record<string, string>>;

  private constructor(folder: string, env: Readonly<Record<string, string>>) {
    this.folder = folder;
    const kept = { PATH: process.env['PATH'] ?? '', TMPDIR: tmpdir() };
    this.env = { ...kept, HOME: folder, XDG_STATE_HOME: `${folder}/state`, XDG_RUNTIME_DIR: folder, ...env };
  }

  static async open(
    files: Readonly<Record<string, string | Uint8Array>> = {},
    env: Readonly<Record<string, string>> = {},
  ): Promise<Session> {
    const session = new Session(await mkdtemp(path.join(tmpdir(), 'wc-cli-')), env);
    await session.write(files);
    return session;
  }

  async write(files: Readonly<Record<string, string | Uint8Array>>): Promise<void> {
    for (const [name, content] of Object.entries(files)) {
      const file = path.join(this.folder, name);
      await mkdir(path.dirname(file), { recursive: true });
      await writeFile(file, content);
    }
  }

  /** Runs a command line, words separated by spaces. */
  async run(line: string, options: RunOptions = {}): Promise<Ran> {
    const out: string[] = [];
    const err: string[] = [];
    const output = (to: string[], more: Partial<Output>): Output => ({
      write: (text) => {
        to.push(text);
        if (to === out) options.onStdout?.(text);
      },
      isTerminal: false,
      ...more,
    });
    const { terminal, stop = new AbortController().signal } = options;
    const context: Context = {
      stdout: output(out, {}),
      stderr: output(err, terminal === undefined ? {} : { isTerminal: true, size: () => terminal }),
      stdin: chunksOf(options.stdin ?? ''),
      env: { ...this.env, ...options.env },
      cwd: this.folder,
      user: options.user ?? 'me@here',
      stop,
      signal: new AbortController().signal,
    };
    const exit = await run(line.split(' '), context);
    return { exit, stdout: out.join(''), stderr: err.join('') };
  }

  /**
   * Runs a command line with `-o json`: nothing but one JSON object a line is on stdout, nothing is on stderr, and the
   * last line is the summary, which names the exit code.
   */
  async json(line: string, options: RunOptions = {}): Promise<{ exit: number; events: readonly Event[] }> {
    const { exit, stdout, stderr } = await this.run(`${line} -o json`, options);
    const lines = stdout.split('\n');
    assert.equal(lines.pop(), '', stdout);
    const events = lines.map((text) => JSON.parse(text) as Event);
    assert.partialDeepStrictEqual(events.at(-1), { type: 'summary', version: 1, exitCode: exit });
    assert.equal(stderr, '');
    return { exit, events };
  }

  /** Starts the embedded mesh of the manifest, with these flags, and waits until it serves. */
  async mesh(flags = ''): Promise<SessionMesh> {
    const stop = new AbortController();
    const urls = new Map<string, string>();
    const ready = Promise.withResolvers<void>();
    const onStdout = (text: string): void => {
      const event = JSON.parse(text) as Event & { services?: { name: string; url: string }[] };
      for (const { name, url } of event.services ?? []) urls.set(name, url);
      if (event.type === 'ready') ready.resolve();
    };
    const running = this.run(`run -o json${flags}`, { stop: stop.signal, onStdout });
    void running.then(({ stdout }) => ready.reject(new Error(`it ended: ${stdout}`)));
    await ready.promise;
    return {
      url: (service) => urls.get(service) ?? '',
      [Symbol.asyncDispose]: async () => {
        stop.abort(new Error('interrupted'));
        assert.equal((await running).exit, 0);
      },
    };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await rm(this.folder, { recursive: true, force: true });
  }
}

async function* chunksOf(text: string): AsyncIterable<Uint8Array> {
  yield Buffer.from(text);
}
