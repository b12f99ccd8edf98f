import { execFile, spawn } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import process from 'node:process';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';
import { compileModule, createPlugin, HeaderMap } from '@wasmcast/host';
import { loadFilter } from '@wasmcast/host/testing';

/** Does something some times; gives the nanoseconds of processor time that one took, of all threads of the process. */
export type Side = (what: string, count: number) => Promise<number>;

/** This project's host, in this process. */
export async function ourSide(wasm: Uint8Array): Promise<Side> {
  const request = await requests(wasm);
  const isolated = async (count: number, deadlineMs: number): Promise<void> => {
    for (let i = 0; i < count; i++) {
      await using filter = await loadFilter(wasm, { deadlineMs });
      const { upstream } = await filter.request();
      if (upstream?.headers['x-hello'] !== 'world') throw new Error('the header is missing');
    }
  };
  const all: Readonly<Record<string, (count: number) => void | Promise<void>>> = {
    add: (count) => request(count, []),
    get: (count) => request(count, ['x-mode', 'get']),
    set: (count) => request(count, ['x-mode', 'set']),
    isolated: (count) => isolated(count, 0),
    guarded: (count) => isolated(count, 1000),
  };
  return async (what, count) => {
    const before = process.cpuUsage();
    await all[what]?.(count);
    const { user, system } = process.cpuUsage(before);
    return ((user + system) * 1000) / count;
  };
}

/** The same as the Go host's own benchmark: headers, a context made and deleted, for each request. */
async function requests(wasm: Uint8Array): Promise<(count: number, given: readonly string[]) => void> {
  const compiled = await compileModule(wasm);
  if (compiled.kind !== 'module') throw new Error(compiled.reasons.join('; '));
  const started = createPlugin({ module: compiled.module });
  if (started.kind !== 'ready') throw new Error(started.kind);
  const { plugin } = started;
  const nowhere = (): void => undefined;
  const sink = {
    onRequestHeaders: nowhere,
    onRequestBody: nowhere,
    onRequestTrailers: nowhere,
    onResponseHeaders: nowhere,
    onResponseBody: nowhere,
    onResponseTrailers: nowhere,
    onReset: nowhere,
  };
  return (count, given) => {
    for (let i = 0; i < count; i++) {
      const headers = new HeaderMap('request', [...given]);
      const stream = plugin.newStream(sink);
      stream.onRequestHeaders(headers, true);
      stream.done();
      if (headers.get('x-hello') !== 'world') throw new Error('the header is missing');
    }
  };
}

/** proxy-wasm-go-host and the test harness of the Go SDK on wazero, in a process of their own. */
export async function wazeroSide(
  wasm: Uint8Array,
): Promise<{ readonly side: Side; [Symbol.asyncDispose](): Promise<void> }> {
  const folder = await mkdtemp(path.join(tmpdir(), 'wasmcast-bench-'));
  const [program, module] = [path.join(folder, 'wazero'), path.join(folder, 'filter.wasm')];
  await writeFile(module, wasm);
  await promisify(execFile)('go', ['build', '-o', program, '.'], {
    cwd: path.join(import.meta.dirname, 'wazero'),
    env: { ...process.env, CGO_ENABLED: '0', GOWORK: 'off' },
  });
  const child = spawn(program, [module], { stdio: ['pipe', 'pipe', 'inherit'] });
  const answers = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  return {
    side: async (what, count) => {
      child.stdin.write(`${what} ${count}\n`);
      const { value, done } = await answers.next();
      if (done === true) throw new Error(`the program on wazero ended at ${what}`);
      return Number(value) / count;
    },
    [Symbol.asyncDispose]: async () => {
      child.stdin.end();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
