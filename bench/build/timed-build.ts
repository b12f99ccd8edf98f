import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import process from 'node:process';
import { createInterface } from 'node:readline/promises';

/** Milliseconds of a build: all of it, and of that what each part took. */
export interface TimedBuild {
  readonly total: number;
  /** Until the compiler begins: the command and the compiler's process start, and load the compiler. */
  readonly start: number;
  readonly parse: number;
  readonly compile: number;
  /** Binaryen's optimiser, and writing the module. */
  readonly optimize: number;
}

interface Event {
  readonly type: string;
  readonly time: string;
  readonly stage?: 'parse' | 'compile' | 'optimize';
}

/** Gathers the events of one build, which began at `began` (milliseconds since 1970). */
class Stages {
  readonly #at = new Map<string, number>();

  take(event: Event): void {
    if (event.type === 'build' && event.stage !== undefined)
      this.#at.set(event.stage, Date.parse(event.time));
  }

  end(began: number, ended: number): TimedBuild {
    const at = (stage: string): number => this.#at.get(stage) ?? Number.NaN;
    return {
      total: ended - began,
      start: at('parse') - began,
      parse: at('compile') - at('parse'),
      compile: at('optimize') - at('compile'),
      optimize: ended - at('optimize'),
    };
  }
}

/** `wasmcast build` in a process of its own, to its end. */
export async function coldBuild(bin: string, project: string): Promise<TimedBuild> {
  const began = Date.now();
  const stages = new Stages();
  const child = spawn(process.execPath, [bin, 'build', project, '-o', 'json'], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const closed = once(child, 'close') as Promise<[number | null]>;
  for await (const line of createInterface({ input: child.stdout })) stages.take(JSON.parse(line) as Event);
  const [exit] = await closed;
  if (exit !== 0) throw new Error(`wasmcast build ${project} ended with ${exit}`);
  return stages.end(began, Date.now());
}

/** Changes a source under `wasmcast build --watch`, again and again, after one change that does not count. */
export async function watchedBuilds(
  bin: string,
  project: string,
  changes: number,
): Promise<readonly TimedBuild[]> {
  const source = path.join(project, 'assembly/index.ts');
  const text = await readFile(source, 'utf8');
  const child = spawn(process.execPath, [bin, 'build', project, '--watch', '-o', 'json'], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const builds: TimedBuild[] = [];
  let [began, stages] = [0, new Stages()];
  try {
    for await (const line of createInterface({ input: child.stdout })) {
      const event = JSON.parse(line) as Event;
      stages.take(event);
      if (event.type === 'diagnostic') throw new Error(`${project} does not compile: ${line}`);
      if (event.type === 'module') builds.push(stages.end(began, Date.now()));
      if (event.type !== 'watching') continue;
      // The first is the cold one.
      if (builds.length === changes + 2) break;
      [began, stages] = [Date.now(), new Stages()];
      await writeFile(source, `${text}// ${builds.length}\n`);
    }
  } finally {
    const closed = once(child, 'close');
    child.kill('SIGINT');
    await closed;
    await writeFile(source, text);
  }
  return builds.slice(2);
}
