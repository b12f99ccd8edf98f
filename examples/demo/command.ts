import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import process from 'node:process';

const bin = path.resolve(import.meta.dirname, '../../packages/cli/bin/wasmcast.js');

/** Where and for how long commands run. */
export interface Place {
  readonly cwd: string;
  readonly env: NodeJS.ProcessEnv;
  /** Ends what runs. */
  readonly signal: AbortSignal;
}

/** What a command answered. */
export interface Answer {
  readonly exit: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** A command that did not end as it should; `output` is all that it said. */
export class CommandFailed extends Error {
  readonly output: string;

  constructor(args: readonly string[], { exit, stdout, stderr }: Answer) {
    super(`wasmcast ${args.join(' ')}: exit ${exit}`);
    this.output = `${stdout}${stderr}`;
  }
}

/** Runs `wasmcast` as a person would, with a manifest on stdin if one is given. */
export async function wasmcast(
  args: readonly string[],
  at: Place & { readonly stdin?: string },
): Promise<Answer> {
  at.signal.throwIfAborted();
  const child = spawn(process.execPath, [bin, ...args], { cwd: at.cwd, env: at.env, stdio: 'pipe' });
  const out: Buffer[] = [];
  const err: Buffer[] = [];
  child.stdout.on('data', (chunk: Buffer) => out.push(chunk));
  child.stderr.on('data', (chunk: Buffer) => err.push(chunk));
  child.stdin.on('error', () => undefined); // it need not read what it is given
  child.stdin.end(at.stdin ?? '');
  const exit = await ended(child, at.signal);
  at.signal.throwIfAborted();
  return { exit, stdout: Buffer.concat(out).toString(), stderr: Buffer.concat(err).toString() };
}

/** Waits for a process; the signal asks it to end. */
async function ended(child: ChildProcess, signal: AbortSignal): Promise<number> {
  const ask = (): void => void child.kill('SIGTERM');
  signal.addEventListener('abort', ask);
  try {
    const [code] = (await once(child, 'close')) as [number | null];
    return code ?? 1;
  } finally {
    signal.removeEventListener('abort', ask);
  }
}

/** A service of the mesh, as `wasmcast run` announces it. */
export interface Service {
  readonly namespace: string;
  readonly name: string;
  readonly url: string;
}

/** `wasmcast run`, until disposed of. */
export interface RunningMesh extends AsyncDisposable {
  readonly services: readonly Service[];
}

/** Starts `wasmcast run` in the background and waits until its services answer. */
export async function startMesh(at: Place): Promise<RunningMesh> {
  const args = ['run', '-o', 'json'];
  const child = spawn(process.execPath, [bin, ...args], {
    cwd: at.cwd,
    env: at.env,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const closed = ended(child, at.signal);
  const services: Service[] = [];
  const said: string[] = [];
  let text = '';
  const ready = Promise.withResolvers<void>();
  child.stderr.on('data', (chunk: Buffer) => said.push(chunk.toString()));
  child.stdout.on('data', (chunk: Buffer) => {
    const lines = `${text}${chunk.toString()}`.split('\n');
    text = lines.pop() ?? '';
    for (const line of lines) {
      const event = JSON.parse(line) as { type: string; services?: Service[] };
      if (event.type === 'mesh') services.push(...(event.services ?? []));
      if (event.type === 'error') said.push(`${line}\n`);
      if (event.type === 'ready') ready.resolve();
    }
  });
  void closed.then(
    (exit) => ready.reject(new CommandFailed(args, { exit, stdout: '', stderr: said.join('') })),
    (error: unknown) => ready.reject(error),
  );
  await ready.promise;
  return {
    services,
    [Symbol.asyncDispose]: async () => {
      child.kill('SIGTERM');
      await closed;
    },
  };
}
