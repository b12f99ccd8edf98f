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

test.each([undefined, 'prod'])(
  'without any kubeconfig nobody is asked at localhost: context %s',
  async (context) => {
    await expect(openEndpoint({ context })).rejects.toMatchObject({
      code: 'WC-KUBE-010',
      exit: 'invalid',
      message: expect.stringContaining('there is no kubeconfig'),
      help: 'name it with --kubeconfig or in KUBECONFIG',
    });
  },
);

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
  const endpoint = await openEndpoint({});
  expect(endpoint.server.href).toBe('http://localhost:8080/');
  endpoint.close();
});
