import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  auditMark,
  auditWrites,
  type KubeObject,
  requireComponent,
  sharedCluster,
  skipNote,
} from '@wasmcast/testbed';
import { MeshBench } from './support/mesh-bench.ts';

const missing = await requireComponent('cluster');
const user = 'probe';

describe.skipIf(missing !== undefined)(`a probe before the first wave${skipNote(missing)}`, () => {
  let bench: MeshBench;

  beforeAll(async () => {
    bench = await MeshBench.open(await sharedCluster(), user, ['small', 'other']);
  });

  afterAll(async () => {
    await bench?.[Symbol.asyncDispose]();
  });

  const manifest = (
    config: string,
    { delivery = 'configmap', probe = 'auto' }: { delivery?: string; probe?: string } = {},
  ): Promise<void> =>
    bench.write(`
metadata: {name: tried}
filters:
- {name: moody, module: ${delivery === 'image' ? `{image: "${bench.image}"}` : '{file: moody.wasm}'}, config: ${config}}
targets:
- {name: mesh, istio: {}}
bindings:
${bench.workloads.map((name) => `- {name: ${name}, target: mesh, select: {namespace: ${bench.namespace}, name: ${name}}, delivery: ${delivery}, chain: [moody]}`).join('\n')}
rollout: {timeout: 1m, waves: [1, 100%], gates: none, probe: ${probe}}
`);

  /** What of the fleet's is in the namespace, beside the workloads' own pods. */
  async function ours(): Promise<readonly string[]> {
    const lists = [
      ['/api/v1', 'pods'],
      ['/api/v1', 'configmaps'],
      ['/apis/networking.istio.io/v1alpha3', 'envoyfilters'],
      ['/apis/extensions.istio.io/v1alpha1', 'wasmplugins'],
    ] as const;
    const found = await Promise.all(lists.map(([api, resource]) => bench.list(api, resource)));
    return found
      .flat()
      .filter(({ metadata }) => metadata['deletionTimestamp'] === undefined)
      .map(({ metadata }) => metadata.name)
      .filter((name) => name.startsWith('wasmcast-'));
  }

  const uids = async (): Promise<readonly string[]> =>
    [...(await bench.pods()).values()].map((pod) => pod.uid);

  test('what only a sidecar refuses is met there: no workload is touched, and nothing is left', async () => {
    await manifest('{version: bad, refusesSidecars: true}');
    const before = await uids();
    const since = await auditMark(bench.cluster);
    const { exit, events } = await bench.cli.run(['apply', '-o', 'json']);
    expect(exit).toBe(1);
    expect(events.map((event) => event['type'])).not.toContain('wave-started');
    const end = events.find((event) => event['type'] === 'probe-done');
    expect(end).toMatchObject({ outcome: 'fail', workload: `mesh/${bench.namespace}/Deployment/other` });
    expect(end?.['says']).toMatch(
      /^moody is not-in-chain \(the proxy has no inbound HTTP listener; Envoy refused an update: .*; its log: .*wasm/i,
    );
    const writes = await auditWrites(bench.cluster, since, { user });
    expect(writes.map((write) => write.resource)).not.toContain('apps/deployments');
    expect(await uids()).toEqual(before);
    expect(await ours()).toEqual([]);
  });

  test('what starts there goes live everywhere; the plan named the probe', async () => {
    await manifest('{version: good}');
    const plan = await bench.cli.ok(['plan']);
    expect(plan.stdout).toMatch(
      /before the first wave, started fresh and seen live\n +Pod \S+\/wasmcast-probe-[0-9a-f]{16}, in the place of \S+other/,
    );
    const { events } = await bench.cli.ok(['apply', '-o', 'json']);
    const types = events.map((event) => event['type']);
    expect(events.find((event) => event['type'] === 'probe-done')).toMatchObject({ outcome: 'pass' });
    expect(types.indexOf('probe-done')).toBeLessThan(types.indexOf('wave-started'));
    expect((await ours()).filter((name) => name.startsWith('wasmcast-probe'))).toEqual([]);
    await bench.cli.ok(['remove', '-o', 'json']);
    expect(await ours()).toEqual([]);
  });

  test('an image that the sidecar cannot pull any more stays with the probe', async () => {
    await manifest('{version: image}', { delivery: 'image' });
    const plan = await bench.cli.ok(['plan', '-o', 'json']);
    await writeFile(path.join(bench.folder, 'plan.json'), plan.stdout);
    const [repository, digest] = bench.image.split('@');
    const name = repository?.slice(bench.cluster.registry.push.length + 1);
    const gone = await fetch(`http://${bench.cluster.registry.push}/v2/${name}/manifests/${digest}`, {
      method: 'DELETE',
    });
    expect(gone.status).toBe(202);
    const { exit, events } = await bench.cli.run(['apply', 'plan.json', '-o', 'json']);
    expect(exit).toBe(1);
    expect(events.map((event) => event['type'])).not.toContain('wave-started');
    const end = events.find((event) => event['type'] === 'probe-done');
    expect(end).toMatchObject({ outcome: 'fail' });
    expect(end?.['says']).toMatch(/^moody is placeholder-deny .*; its log: .*MANIFEST_UNKNOWN/);
    expect(await ours()).toEqual([]);
  });

  test('a probe that may not be started decides nothing, unless it is required', async () => {
    const quota = {
      apiVersion: 'v1',
      kind: 'ResourceQuota',
      metadata: { name: 'full', namespace: bench.namespace },
      spec: { hard: { 'count/pods': '0' } },
    };
    await bench.client.apply(quota);
    await manifest('{version: pressed}', { probe: 'required' });
    const refused = await bench.cli.run(['apply', '-o', 'json']);
    expect(refused.exit).toBe(1);
    const end = refused.events.find((event) => event['type'] === 'probe-done');
    expect(end).toMatchObject({ outcome: 'inconclusive' });
    expect(end?.['says']).toMatch(/could not be started: .*exceeded quota/);
    expect(await ours()).toEqual([]);
    await bench.client.delete(quota);
  });

  test('killed while its probe starts, the next apply leaves none behind', async () => {
    await manifest('{version: again}');
    await bench.cli.killAt(['apply'], 'probe-started', probeIsThere);
    expect((await bench.cli.ok(['plan'])).stdout).toContain('a probe that was left behind');
    await bench.cli.ok(['apply', '-o', 'json']);
    expect((await ours()).filter((each) => each.startsWith('wasmcast-probe'))).toEqual([]);
  });

  async function probeIsThere(): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const stop = new AbortController();
    const pods = `/api/v1/namespaces/${bench.namespace}/pods?watch=true&labelSelector=wasmcast.dev/probe`;
    // One of the test before may still be ending.
    const begun = (_: string, { metadata }: KubeObject): void => {
      if (metadata['deletionTimestamp'] === undefined) resolve();
    };
    const watching = bench.client.watch(pods, stop.signal, begun).catch(() => undefined);
    await promise;
    stop.abort();
    await watching;
  }
});
