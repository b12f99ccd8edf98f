import { spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import process from 'node:process';

const bin = path.resolve(import.meta.dirname, '../../packages/cli/bin/wasmcast.js');

/** What a command answered. */
export interface Answer {
  readonly exit: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs `wasmcast` as a person would, in a folder, with a manifest on stdin if one is given. */
export async function wasmcast(
  args: readonly string[],
  at: { cwd: string; env: NodeJS.ProcessEnv; stdin?: string },
): Promise<Answer> {
  const child = spawn(process.execPath, [bin, ...args], { cwd: at.cwd, env: at.env, stdio: 'pipe' });
  const out: Buffer[] = [];
  const err: Buffer[] = [];
  child.stdout.on('data', (chunk: Buffer) => out.push(chunk));
  child.stderr.on('data', (chunk: Buffer) => err.push(chunk));
  child.stdin.end(at.stdin ?? '');
  const [code] = (await once(child, 'close')) as [number | null];
  return { exit: code ?? 1, stdout: Buffer.concat(out).toString(), stderr: Buffer.concat(err).toString() };
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
export async function startMesh(at: { cwd: string; env: NodeJS.ProcessEnv }): Promise<RunningMesh> {
  const child = spawn(process.execPath, [bin, 'run', '-o', 'json'], {
    cwd: at.cwd,
    env: at.env,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const closed = once(child, 'close');
  const services: Service[] = [];
  let text = '';
  const ready = Promise.withResolvers<void>();
  child.stdout.on('data', (chunk: Buffer) => {
    text += chunk.toString();
    const lines = text.split('\n');
    text = lines.pop() ?? '';
    for (const line of lines) {
      const event = JSON.parse(line) as { type: string; services?: Service[] };
      if (event.type === 'mesh') services.push(...(event.services ?? []));
      if (event.type === 'ready') ready.resolve();
    }
  });
  void closed.then(() => ready.reject(new Error('wasmcast run ended before it was ready')));
  await ready.promise;
  return {
    services,
    [Symbol.asyncDispose]: async () => {
      child.kill('SIGTERM');
      await closed;
    },
  };
}
