import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import process from 'node:process';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';

const bin = path.resolve(import.meta.dirname, '../bin/wasmcast.js');

/** What a command answered; `events` are the lines of stdout that are JSON objects. */
export interface CommandAnswer {
  readonly exit: number;
  readonly stdout: string;
  readonly stderr: string;
  readonly events: readonly Record<string, unknown>[];
}

/** The `wasmcast` command as a process of its own, in one folder, with a state of its own. */
export interface CommandLine {
  /** `heard` is called with each event as it is told. */
  run(args: readonly string[], heard?: (event: Record<string, unknown>) => void): Promise<CommandAnswer>;
  /** Kills the process as soon as it has told an event of this type, and `until` has come to pass. */
  killAt(args: readonly string[], type: string, until?: () => Promise<unknown>): Promise<void>;
  /** Throws with everything that was said unless the command exits 0. */
  ok(args: readonly string[]): Promise<CommandAnswer>;
}

/** A command line for tests. */
export function commandLine(folder: string, env: NodeJS.ProcessEnv): CommandLine {
  const start = (args: readonly string[]): ChildProcessByStdio<null, Readable, Readable> =>
    spawn(process.execPath, [bin, ...args], {
      cwd: folder,
      env: { ...process.env, XDG_STATE_HOME: folder, XDG_RUNTIME_DIR: folder, NO_COLOR: '1', ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
  const run: CommandLine['run'] = async (args, heard = () => undefined) => {
    const child = start(args);
    createInterface(child.stdout).on('line', (line) => eventOf(line).forEach(heard));
    const out: Buffer[] = [];
    const err: Buffer[] = [];
    child.stdout.on('data', (chunk: Buffer) => out.push(chunk));
    child.stderr.on('data', (chunk: Buffer) => err.push(chunk));
    const [code] = (await once(child, 'close')) as [number | null];
    const stdout = Buffer.concat(out).toString();
    const events = stdout.split('\n').flatMap(eventOf);
    return { exit: code ?? 1, stdout, stderr: Buffer.concat(err).toString(), events };
  };
  return {
    run,
    killAt: async (args, type, until = async () => undefined) => {
      const child = start([...args, '-o', 'json']);
      let said = '';
      const told = Promise.withResolvers<void>();
      child.stdout.on('data', (chunk: Buffer) => {
        said += chunk.toString();
        if (said.includes(`"type":"${type}"`)) told.resolve();
      });
      void told.promise.then(until).then(() => child.kill('SIGKILL'));
      const [code] = (await once(child, 'close')) as [number | null];
      if (code !== null) throw new Error(`wasmcast ${args.join(' ')} ended before ${type}: ${said}`);
    },
    ok: async (args) => {
      const answer = await run(args);
      if (answer.exit === 0) return answer;
      throw new Error(`wasmcast ${args.join(' ')}: exit ${answer.exit}\n${answer.stdout}\n${answer.stderr}`);
    },
  };
}

/** The event of a line of stdout; none for text. */
function eventOf(line: string): readonly Record<string, unknown>[] {
  return line.startsWith('{"') ? [JSON.parse(line) as Record<string, unknown>] : [];
}
