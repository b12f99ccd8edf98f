import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import process from 'node:process';
import { promisify } from 'node:util';

const run = promisify(execFile);
const timeProgram = '/usr/bin/time';

/** What a whole process took, those that it started included. */
export interface Usage {
  readonly wallMs: number;
  /** User and system. */
  readonly cpuMs: number;
  /** The largest of them, at its largest. */
  readonly rssMiB: number;
  readonly stdout: string;
}

/** A program in a folder, with an environment of its own, measured by the operating system. */
export class Measured {
  readonly #folder: string;
  readonly #env: Readonly<Record<string, string>>;
  readonly #argv: readonly string[];

  constructor(folder: string, env: Readonly<Record<string, string>>, argv: readonly string[]) {
    this.#folder = folder;
    this.#env = env;
    this.#argv = argv;
  }

  /** Runs it; throws with its stderr unless it exits 0. */
  async run(...args: readonly string[]): Promise<Usage> {
    const file = path.join(this.#folder, 'usage.txt');
    const options = {
      cwd: this.#folder,
      env: { ...process.env, ...this.#env },
      maxBuffer: 256 * 1024 * 1024,
    };
    const began = performance.now();
    const { stdout } = await run(
      timeProgram,
      ['-f', '%U %S %M', '-o', file, ...this.#argv, ...args],
      options,
    );
    const wallMs = performance.now() - began;
    const [user = 0, system = 0, kib = 0] = (await readFile(file, 'utf8')).trim().split(' ').map(Number);
    return { wallMs, cpuMs: (user + system) * 1000, rssMiB: kib / 1024, stdout };
  }
}
