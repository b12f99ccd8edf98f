import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { mkdir, mkdtemp } from 'node:fs/promises';
import { type AddressInfo, createServer } from 'node:net';
import path from 'node:path';
import process from 'node:process';

const root = path.resolve(import.meta.dirname, '..');

/** The README's blocks of one kind (the words after the fence), in their order. */
export function readmeBlocks(kind: string): readonly string[] {
  const text = readFileSync(path.join(root, 'README.md'), 'utf8');
  const blocks = [...text.matchAll(/^```([^\n]*)\n(.*?)^```$/gms)].filter((block) => block[1] === kind);
  if (blocks.length === 0) throw new Error(`the README has no block of kind ${kind}`);
  return blocks.map((block) => block[2] ?? '');
}

/** A new folder inside the checkout (so that `npx wasmcast` means this one), which git ignores. */
export async function scratchFolder(): Promise<string> {
  await mkdir(path.join(root, '.tmp'), { recursive: true });
  return await mkdtemp(path.join(root, '.tmp/readme-'));
}

/** TCP ports that are free on loopback at this moment. */
export async function freePorts(count: number): Promise<readonly number[]> {
  const servers = Array.from({ length: count }, () => createServer().listen(0, '127.0.0.1'));
  await Promise.all(servers.map((server) => once(server, 'listening')));
  const ports = servers.map((server) => (server.address() as AddressInfo).port);
  await Promise.all(servers.map((server) => once(server.close(), 'close')));
  return ports;
}

/** What a script said, and how it ended. */
export interface ScriptResult {
  readonly code: number | null;
  readonly output: string;
}

/** Runs a script as somebody would who copies it into a shell; the first command that fails ends it. */
export async function runScript(
  script: string,
  folder: string,
  env: NodeJS.ProcessEnv,
): Promise<ScriptResult> {
  return await startScript(script, folder, env).ended;
}

/** A script that goes on; disposing of it interrupts it with everything that it started, as Ctrl-C does. */
export function startScript(
  script: string,
  folder: string,
  env: NodeJS.ProcessEnv,
): AsyncDisposable & { readonly ended: Promise<ScriptResult> } {
  const child = spawn('bash', ['-euo', 'pipefail', '-c', script], {
    cwd: folder,
    env: { ...process.env, ...env },
    detached: true, // a process group of its own
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const chunks: Buffer[] = [];
  child.stdout.on('data', (chunk: Buffer) => chunks.push(chunk));
  child.stderr.on('data', (chunk: Buffer) => chunks.push(chunk));
  const ended = once(child, 'close').then(([code]) => ({
    code: code as number | null,
    output: Buffer.concat(chunks).toString(),
  }));
  return {
    ended,
    [Symbol.asyncDispose]: async () => {
      if (child.pid !== undefined && child.exitCode === null) process.kill(-child.pid, 'SIGINT');
      await ended;
    },
  };
}
