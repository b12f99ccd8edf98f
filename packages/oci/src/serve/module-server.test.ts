import { createHash } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Sha256 } from '@wasmcast/core';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { fakeModule } from '../testing/modules.ts';
import { byteRange } from './byte-range.ts';
import { modulePath } from '@wasmcast/core';
import { startModuleServer } from './module-server.ts';
import type { ModuleServer, ServedModule } from './module-server.ts';

let stack: AsyncDisposableStack;
let server: ModuleServer;
let module: ServedModule;
const wasm = fakeModule(3_000_000);

beforeEach(async () => {
  stack = new AsyncDisposableStack();
  const folder = await mkdtemp(join(tmpdir(), 'wc-serve-'));
  stack.defer(() => rm(folder, { recursive: true, force: true }));
  const file = join(folder, 'module');
  await writeFile(file, wasm);
  const digest = createHash('sha256').update(wasm).digest('hex') as Sha256;
  module = { digest, size: wasm.length, file };
  server = stack.use(await startModuleServer({ modules: [module], host: '127.0.0.1', port: 0 }));
});
afterEach(() => stack.disposeAsync());

async function ask(headers: Record<string, string> = {}, method = 'GET', path = modulePath(module.digest)) {
  const response = await fetch(`${server.url}${path}`, { method, headers });
  const bytes = new Uint8Array(await response.arrayBuffer());
  return { status: response.status, headers: response.headers, bytes };
}

test('serves a module as it is, with its digest', async () => {
  const { status, headers, bytes } = await ask({ 'accept-encoding': 'gzip' });
  expect(status).toBe(200);
  expect(Buffer.compare(bytes, wasm)).toBe(0);
  expect(headers.get('content-encoding')).toBeNull();
  expect(headers.get('content-type')).toBe('application/wasm');
  expect(headers.get('etag')).toBe(`"${module.digest}"`);
  expect(headers.get('repr-digest')).toBe(
    `sha-256=:${Buffer.from(module.digest, 'hex').toString('base64')}:`,
  );
  const head = await ask({}, 'HEAD');
  expect([head.status, head.headers.get('content-length'), head.bytes.length]).toEqual([
    200,
    String(wasm.length),
    0,
  ]);
});

test('serves parts, of what they are meant to be parts of', async () => {
  const part = await ask({ range: 'bytes=100-199' });
  expect([part.status, part.headers.get('content-range')]).toEqual([206, `bytes 100-199/${wasm.length}`]);
  expect(Buffer.compare(part.bytes, wasm.subarray(100, 200))).toBe(0);
  const tag = `"${module.digest}"`;
  expect((await ask({ range: 'bytes=0-0', 'if-range': tag })).bytes).toHaveLength(1);
  expect((await ask({ range: 'bytes=0-0', 'if-range': '"other"' })).bytes).toHaveLength(wasm.length);
  const beyond = await ask({ range: `bytes=${wasm.length}-` });
  expect([beyond.status, beyond.headers.get('content-range')]).toEqual([416, `bytes */${wasm.length}`]);
});

test.each([
  [undefined, 'all'],
  ['bytes=0-9', [0, 9]],
  ['bytes=5-', [5, 99]],
  ['bytes=-10', [90, 99]],
  ['bytes=-1000', [0, 99]],
  ['bytes=90-1000', [90, 99]],
  ['bytes=100-', 'unsatisfiable'],
  ['bytes=-0', 'unsatisfiable'],
  ['bytes=9-5', 'all'],
  ['bytes=0-1,5-6', 'all'],
  ['lines=0-1', 'all'],
  ['bytes=-', 'all'],
  ['bytes=99999999999999999999-', 'all'],
] as const)('the range %s of 100 bytes', (header, expected) => {
  const range = byteRange(header, 100);
  expect(range.kind === 'part' ? [range.start, range.end] : range.kind).toEqual(expected);
});

test('sends nothing to who has it', async () => {
  for (const known of [`"${module.digest}"`, `W/"${module.digest}"`, `"other", "${module.digest}"`, '*'])
    expect((await ask({ 'if-none-match': known })).status).toBe(304);
  expect((await ask({ 'if-none-match': '"other"' })).status).toBe(200);
});

test('knows its modules and whether it lives, and nothing else', async () => {
  expect((await ask({}, 'GET', '/healthz')).status).toBe(200);
  for (const path of [
    '/',
    '/modules',
    '/modules/',
    `/modules/${'0'.repeat(64)}.wasm`,
    '/modules/../../etc/passwd',
  ])
    expect((await ask({}, 'GET', path)).status).toBe(404);
  const posted = await ask({}, 'POST');
  expect([posted.status, posted.headers.get('allow')]).toEqual([405, 'GET, HEAD']);
});

test('readers that do not read cost buffers, not modules', async () => {
  const { hostname, port } = new URL(server.url);
  const before = process.memoryUsage().rss;
  const sockets = Array.from({ length: 100 }, () => {
    const socket = connect(Number(port), hostname);
    socket.pause();
    socket.write(`GET ${modulePath(module.digest)} HTTP/1.1\r\nHost: x\r\n\r\n`);
    return socket;
  });
  stack.defer(() => sockets.forEach((socket) => socket.destroy()));
  await Promise.all(sockets.map((socket) => new Promise((resolve) => socket.once('connect', resolve))));
  // Whoever reads is served meanwhile.
  for (let times = 0; times < 5; times += 1) expect((await ask()).bytes).toHaveLength(wasm.length);
  // A hundred copies would be 300 MB.
  expect(process.memoryUsage().rss - before).toBeLessThan(150_000_000);
});

test('an address that is taken, and a certificate that is none, are named', async () => {
  const { port } = new URL(server.url);
  await expect(
    startModuleServer({ modules: [], host: '127.0.0.1', port: Number(port) }),
  ).rejects.toMatchObject({
    kind: 'files',
    message: expect.stringContaining('EADDRINUSE') as string,
  });
  const tls = { cert: 'x', key: 'y' };
  await expect(startModuleServer({ modules: [], host: '127.0.0.1', port: 0, tls })).rejects.toMatchObject({
    kind: 'files',
  });
});
