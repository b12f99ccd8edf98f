import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { findKubeconfig } from './find-kubeconfig.ts';

let home: string;

beforeEach(async () => {
  home = await mkdtemp(path.join(tmpdir(), 'wasmcast-home-'));
  vi.stubEnv('HOME', home);
  vi.stubEnv('KUBECONFIG', '');
  vi.stubEnv('KUBERNETES_SERVICE_HOST', 'fd00::1');
  vi.stubEnv('KUBERNETES_SERVICE_PORT', '6443');
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await rm(home, { recursive: true });
});

it("is the pod's service account where nobody gave one, and a file in the home folder before that", async () => {
  const account = path.join(home, 'account');
  expect(() => findKubeconfig(undefined, account)).toThrow('there is no kubeconfig');
  await mkdir(account);
  await writeFile(path.join(account, 'token'), 'abc');
  const { currentContext, contexts, clusters, users } = findKubeconfig(undefined, account);
  const { cluster = '', user = '' } = contexts.get(currentContext) ?? {};
  expect(clusters.get(cluster)).toMatchObject({
    server: 'https://[fd00::1]:6443',
    caFile: path.join(account, 'ca.crt'),
  });
  expect(users.get(user)).toMatchObject({ tokenFile: path.join(account, 'token') });

  await mkdir(path.join(home, '.kube'));
  await writeFile(path.join(home, '.kube', 'config'), 'current-context: mine\n');
  expect(findKubeconfig(undefined, account).currentContext).toBe('mine');
});

it('says which file is broken, and where', async () => {
  const file = path.join(home, 'broken');
  await writeFile(file, 'users:\n  - {name: [}');
  vi.stubEnv('KUBECONFIG', file);
  expect(() => findKubeconfig(undefined)).toThrow(/broken cannot be read: .* line 2, column/s);
});
