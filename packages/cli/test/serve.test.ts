import { X509Certificate, createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { get } from 'node:https';
import { buffer } from 'node:stream/consumers';
import type { IncomingMessage } from 'node:http';
import { afterEach, beforeEach, expect, test } from 'vitest';
import {
  createAuthority,
  httpGet,
  requireComponent,
  skipNote,
  startEnvoy,
  startStrictRegistry,
} from '@wasmcast/testbed';
import { echoBootstrap } from '../../testbed/src/workload/echo-app.ts';
import { type Event, Session } from './support/session.ts';
import { trailModule } from './support/shop.ts';

const envoyMissing = await requireComponent('envoy');
// Certificates come from openssl, which the registry of the testbed brings along.
const opensslMissing = await requireComponent('registry');

let stack: AsyncDisposableStack;
let session: Session;
let bytes: Uint8Array;

beforeEach(async () => {
  stack = new AsyncDisposableStack();
  bytes = await trailModule();
  session = stack.use(await Session.open({ 'trail.wasm': bytes, 'text.wasm': 'not wasm' }));
  // The first one compiles the module.
}, 60_000);
afterEach(() => stack.disposeAsync());

/** Starts `serve` and gives what it says of its modules once it is ready. */
async function serving(line: string): Promise<readonly Event[]> {
  const stop = new AbortController();
  const modules: Event[] = [];
  const ready = Promise.withResolvers<void>();
  const running = session.run(`serve ${line} -o json`, {
    stop: stop.signal,
    onStdout: (text) => {
      const event = JSON.parse(text) as Event;
      if (event.type === 'module') modules.push(event);
      if (event.type === 'ready') ready.resolve();
    },
  });
  void running.then(({ stdout }) => ready.reject(new Error(`it ended: ${stdout}`)));
  stack.defer(async () => {
    stop.abort(new Error('interrupted'));
    expect((await running).exit).toBe(0);
  });
  await ready.promise;
  return modules;
}

const sha256 = (content: Uint8Array): string => createHash('sha256').update(content).digest('hex');

/** The echo of the workloads behind a filter whose module Envoy fetches by itself. */
function fetching(url: string, digest: string): string {
  const types = 'type.googleapis.com';
  const { hostname, port } = new URL(url);
  const bootstrap = structuredClone(echoBootstrap('app', 0)) as {
    static_resources: {
      clusters?: unknown[];
      listeners: { filter_chains: { filters: { typed_config: { http_filters: unknown[] } }[] }[] }[];
    };
  };
  const address = { socket_address: { address: hostname, port_value: Number(port) } };
  (bootstrap.static_resources.clusters ??= []).push({
    name: 'modules',
    connect_timeout: '1s',
    load_assignment: {
      cluster_name: 'modules',
      endpoints: [{ lb_endpoints: [{ endpoint: { address } }] }],
    },
  });
  const remote = { http_uri: { uri: url, cluster: 'modules', timeout: '5s' }, sha256: digest };
  const vm = { runtime: 'envoy.wasm.runtime.v8', code: { remote } };
  const configuration = { '@type': `${types}/google.protobuf.StringValue`, value: 'served' };
  const [chain] = bootstrap.static_resources.listeners[0]?.filter_chains ?? [];
  chain?.filters[0]?.typed_config.http_filters.unshift({
    name: 'trail',
    typed_config: {
      '@type': `${types}/envoy.extensions.filters.http.wasm.v3.Wasm`,
      config: { name: 'trail', root_id: '', configuration, vm_config: vm },
    },
  });
  return JSON.stringify(bootstrap);
}

test.skipIf(envoyMissing !== undefined)(
  `a real Envoy fetches a module past what a ConfigMap holds, and runs it; another digest it refuses${skipNote(envoyMissing)}`,
  { timeout: 120_000 },
  async () => {
    // A custom section makes it large without changing what it does.
    const length = 2 * 1024 * 1024;
    const leb = Buffer.from([
      (length & 0x7f) | 0x80,
      ((length >> 7) & 0x7f) | 0x80,
      ((length >> 14) & 0x7f) | 0x80,
      length >> 21,
    ]);
    const section = Buffer.alloc(length);
    section.set([3, 0x70, 0x61, 0x64]);
    const large = Buffer.concat([bytes, Buffer.from([0]), leb, section]);
    await session.write({ 'large.wasm': large });
    const [module] = await serving('large.wasm --listen 127.0.0.1:0');
    expect(module).toMatchObject({ name: 'large.wasm', sha256: sha256(large), size: large.length });
    const url = String(module?.['url']);
    await using envoy = await startEnvoy(fetching(url, sha256(large)), { timeoutMs: 60_000 });
    const answer = await httpGet('127.0.0.1', await envoy.listenerPort('echo'), '/');
    expect(`${JSON.stringify(answer.headers)} ${answer.body}`).toContain('a:served');
    await using wrong = await startEnvoy(fetching(url, '0'.repeat(64)), {
      ready: 'admin',
      timeoutMs: 60_000,
    });
    await wrong.logged((log) => (log.includes('Plugin trail failed to load') ? true : undefined));
  },
);

test('files and images are served as they were when it began, beside each other', async () => {
  await using registry = await startStrictRegistry();
  await session.run(`push ${registry.host}/a/trail:1 trail.wasm`);
  const other = Buffer.concat([bytes, Buffer.from([0, 3, 1, 0x61, 7])]);
  await session.write({ 'other.wasm': other });
  const modules = await serving(`${registry.host}/a/trail:1 other.wasm --listen 127.0.0.1:0`);
  expect(modules.map((module) => module['sha256'])).toEqual([sha256(bytes), sha256(other)]);
  await session.write({ 'other.wasm': 'built anew' });
  for (const [index, expected] of [bytes, other].entries()) {
    const response = await fetch(String(modules[index]?.['url']));
    expect(sha256(new Uint8Array(await response.arrayBuffer()))).toBe(sha256(expected));
  }
});

test.skipIf(opensslMissing !== undefined)(`over HTTPS${skipNote(opensslMissing)}`, async () => {
  const authority = await createAuthority(session.folder, 'test');
  const { certificate, key } = await authority.issue('server', '/CN=server', ['IP:127.0.0.1']);
  expect(new X509Certificate(await readFile(certificate)).subject).toBe('CN=server');
  const [module] = await serving(
    `trail.wasm --listen 127.0.0.1:0 --tls-cert ${certificate} --tls-key ${key}`,
  );
  const response = await new Promise<IncomingMessage>((resolve, reject) => {
    get(String(module?.['url']), { ca: authority.pem }, resolve).on('error', reject);
  });
  expect(sha256(await buffer(response))).toBe(sha256(bytes));
});

test.each([
  ['nowhere.wasm', 'WC-CLI-080', 65],
  ['text.wasm', 'WC-CLI-080', 65],
  ['trail.wasm --listen nowhere', 'WC-CLI-081', 64],
  ['trail.wasm --listen 127.0.0.1:99999', 'WC-CLI-081', 64],
  ['trail.wasm --tls-cert a', 'WC-CLI-082', 64],
  ['trail.wasm --tls-cert a --tls-key b', 'WC-CLI-080', 65],
])('serve %s is refused by %s', async (line, code, exit) => {
  const { exit: ended, events } = await session.json(`serve ${line}`);
  expect([ended, events.some((event) => event['code'] === code)]).toEqual([exit, true]);
});
