import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { openEndpoint } from './endpoint.ts';

let home: string;

beforeEach(async () => {
  home = await mkdtemp(path.join(tmpdir(), 'wc-home-'));
  vi.stubEnv('HOME', home);
  vi.stubEnv('KUBECONFIG', '');
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await rm(home, { recursive: true });
});

const fault = (message: string, help: string): unknown =>
  expect.objectContaining({
    code: 'WC-KUBE-010',
    exit: 'invalid',
    message: expect.stringContaining(message),
    help: expect.stringContaining(help),
  });

test.each([undefined, 'prod'])(
  'without any kubeconfig nobody is asked at localhost: context %s',
  (context) => {
    expect(() => openEndpoint({ context })).toThrow(
      fault('there is no kubeconfig', 'name it with --kubeconfig or in KUBECONFIG'),
    );
  },
);

test('of several files of KUBECONFIG some may be missing, one that is named may not', async () => {
  const file = path.join(home, 'config');
  await writeFile(
    file,
    `clusters: [{name: c, cluster: {server: "https://api"}}]
contexts: [{name: a, context: {cluster: c}}, {name: b, context: {cluster: c, user: gone}}]
`,
  );
  vi.stubEnv('KUBECONFIG', [path.join(home, 'missing'), file].join(path.delimiter));
  expect(openEndpoint({ context: 'a' }).server.href).toBe('https://api/');
  expect(() => openEndpoint({})).toThrow(fault('names no current context', 'it has: a, b'));
  expect(() => openEndpoint({ context: 'b' })).toThrow(
    fault('a user that is not in the kubeconfig: gone', ''),
  );
  expect(() => openEndpoint({ kubeconfig: path.join(home, 'missing') })).toThrow(
    fault('ENOENT', '--kubeconfig'),
  );
  vi.stubEnv('KUBECONFIG', path.join(home, 'missing'));
  expect(() => openEndpoint({})).toThrow(fault('there is no kubeconfig: KUBECONFIG=', ''));
});

test('an API server at localhost:8080 that a kubeconfig names is taken', async () => {
  const file = path.join(home, 'config');
  await writeFile(
    file,
    `apiVersion: v1
kind: Config
current-context: proxy
clusters: [{name: c, cluster: {server: "http://localhost:8080"}}]
users: [{name: u, user: {}}]
contexts: [{name: proxy, context: {cluster: c, user: u}}]
`,
  );
  vi.stubEnv('KUBECONFIG', file);
  const endpoint = openEndpoint({});
  expect(endpoint.server.href).toBe('http://localhost:8080/');
  endpoint.close();
});
