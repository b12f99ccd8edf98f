import { readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { packagePath } from './paths.ts';
import { versions } from './versions.ts';

test.each([
  ['kubernetes', 'k8s.io/kubernetes'],
  ['etcd', 'go.etcd.io/etcd/server/v3'],
  ['containerd', 'github.com/containerd/containerd/v2'],
  ['istio', 'istio.io/istio'],
] as const)('go/%s/go.mod asks for the version that versions.ts says', async (name, module) => {
  const text = await readFile(packagePath('go', name, 'go.mod'), 'utf8');
  const found = new RegExp(`^require ${module} (\\S+)$`, 'mu').exec(text)?.[1];
  expect(found).toBe(versions[name]);
});
