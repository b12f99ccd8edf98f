import { rm } from 'node:fs/promises';
import path from 'node:path';
import {
  namespaceObject,
  requireComponent,
  sharedCluster,
  skipNote,
  waitForWorkload,
  workloadObject,
} from '@wasmcast/testbed';
import { describe, expect, test } from 'vitest';
import { readmeBlocks, runScript, scratchFolder } from './readme-commands.ts';

const missing = await requireComponent('cluster');

describe.skipIf(missing !== undefined)(`the README's commands on a real mesh${skipNote(missing)}`, () => {
  test('the example of one file for one Deployment, and the push of an image', async () => {
    const cluster = await sharedCluster();
    using client = await cluster.client();
    const folder = await scratchFolder();
    const namespace = namespaceObject('foo');
    const labels = { app: 'frontpage', version: 'v1' };
    const workload = workloadObject(cluster, { namespace: 'foo', name: 'frontpage-v1', labels, replicas: 2 });
    await client.apply(namespace);
    await client.apply(workload);
    await waitForWorkload(client, workload);
    const env = {
      KUBECONFIG: cluster.kubeconfig,
      REGISTRY: cluster.registry.push,
      WASMCAST_INSECURE_REGISTRIES: cluster.registry.push,
      XDG_STATE_HOME: folder,
      NO_COLOR: '1',
    };
    try {
      const build = 'npx wasmcast build examples/filters/add-header\n';
      const script = readmeBlocks('sh mesh').join('') + build + readmeBlocks('sh registry').join('');
      const { code, output } = await runScript(script, path.resolve(import.meta.dirname, '..'), env);
      expect(code, output).toBe(0);
      expect(output).toMatch(/live: fleet frontpage on mesh, 2 instances of 2/);
      expect(output).toMatch(/removed: fleet frontpage on mesh/);
      expect(output).toMatch(/filters\/add-header@sha256:[0-9a-f]{64}\n/);
    } finally {
      await client.delete(namespace);
      await rm(folder, { recursive: true, force: true });
    }
  });
});
