import { spawn } from 'node:child_process';
import { WasmcastError } from '@wasmcast/core';

/** Options of {@link run}. */
export interface RunOptions {
  readonly cwd?: string;
  /** Added to this process's environment. */
  readonly env?: Readonly<Record<string, string>>;
  readonly input?: string | Uint8Array;
  readonly signal?: AbortSignal | undefined;
  /** Default 30 minutes. */
  readonly timeoutMs?: number;
}

const outputLimit = 64 * 1024 * 1024;
const tailLimit = 4096;

/**
 * Runs a command to its end and gives its stdout.
 *
 * @throws WasmcastError WC-BED-001 when it cannot be started, ends with another code than 0, or says too much.
 */
export async function run(
  command: string,
  args: readonly string[],
  options: RunOptions = {},
): Promise<string> {
  const limit = AbortSignal.timeout(options.timeoutMs ?? 30 * 60_000);
  const signal = options.signal ? AbortSignal.any([options.signal, limit]) : limit;
  signal.throwIfAborted();
  // A group of its own, so that the compilers and shells that a command starts end together with it.
  const child = spawn(command, args, {
    cwd: options.cwd,
    env: { ...process.env, ...options.env },
    stdio: ['pipe', 'pipe', 'pipe'],
    detached: true,
  });
  const kill = (): void => {
    if (child.pid !== undefined && child.exitCode === null) process.kill(-child.pid, 'SIGKILL');
  };
  signal.addEventListener('abort', kill);
  const chunks: Buffer[] = [];
  let size = 0;
  let tail = '';
  child.stdout.on('data', (chunk: Buffer) => {
    size += chunk.length;
    if (size > outputLimit) kill();
    else chunks.push(chunk);
  });
  child.stderr.on('data', (chunk: Buffer) => {
    tail = (tail + chunk.toString()).slice(-tailLimit);
  });
  // A command may end without reading its input; its exit code tells whether that was a fault.
  child.stdin.on('error', () => undefined);
  child.stdin.end(options.input);
  try {
    const end = await new Promise<string>((resolve, reject) => {
      child.on('error', reject);
      child.on('close', (code, killedBy) => resolve(killedBy ?? String(code)));
    });
    signal.throwIfAborted();
    if (end !== '0') throw failure(`${command} ${args[0] ?? ''} ended with ${end}`, tail);
  } catch (error) {
    if (error instanceof WasmcastError || signal.aborted) throw error;
    throw failure(`${command} could not be run`, tail, error);
  } finally {
    signal.removeEventListener('abort', kill);
  }
  return Buffer.concat(chunks).toString();
}

function failure(message: string, tail: string, cause?: unknown): WasmcastError {
  return new WasmcastError('WC-BED-001', tail === '' ? message : `${message}:\n${tail.trimEnd()}`, { cause });
}
