import type { InstanceStats, WorkloadId } from '@wasmcast/core';
import {
  type Cluster,
  httpGet,
  type KubeClient,
  requireComponent,
  sharedCluster,
  skipNote,
  temporaryNamespace,
  waitForWorkload,
  workloadObject,
  workloadPort,
} from '@wasmcast/testbed';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { IstioTarget } from '../src/index.ts';
import { openMesh } from './mesh.ts';
import { compileModules } from './modules.ts';

const missing = await requireComponent('cluster');
const fleet = 'counting';

// The sidecars here are not of Istio's own Envoy, which alone has Istio's metrics: these are Envoy's counters.
describe.skipIf(missing !== undefined)(`the counters of sidecars${skipNote(missing)}`, () => {
  const stack = new AsyncDisposableStack();
  let cluster: Cluster;
  let client: KubeClient;
  let target: IstioTarget;
  let ids: ReadonlyMap<string, WorkloadId>;
  let address: string;

  beforeAll(async () => {
    cluster = await sharedCluster();
    client = stack.use(await cluster.client());
    const namespace = stack.use(await temporaryNamespace(client, 'counting')).name;
    const counting = workloadObject(cluster, {
      namespace,
      name: 'counting',
    });
    const silent = workloadObject(cluster, { namespace, name: 'silent', counted: false });
    await Promise.all([client.apply(counting), client.apply(silent)]);
    const [pod] = await waitForWorkload(client, counting);
    await waitForWorkload(client, silent);
    address = pod?.ip ?? '';
    target = stack.use(await openMesh(cluster));
    const kind = 'Deployment';
    ids = new Map(['counting', 'silent'].map((name) => [name, { target: 'mesh', namespace, kind, name }]));
  });

  afterAll(async () => {
    await stack.disposeAsync();
  });

  const measure = async (
    name: string,
    direction: 'inbound' | 'outbound' = 'inbound',
  ): Promise<InstanceStats | undefined> => {
    const id = ids.get(name);
    if (id === undefined) throw new Error(`no workload ${name}`);
    const all: InstanceStats[] = [];
    for await (const stats of target.measure(
      [{ workload: id, directions: [direction] }],
      AbortSignal.timeout(30_000),
    ))
      all.push(stats);
    expect(all).toHaveLength(1);
    return all[0];
  };
  const statuses = async (count: number): Promise<readonly number[]> => {
    const answers = await Promise.all(Array.from({ length: count }, () => httpGet(address, workloadPort)));
    return answers.map(({ status }) => status);
  };

  it('are those of what clients saw', async () => {
    const before = await measure('counting');
    expect(before).toMatchObject({ errors: 0, vmFailures: 0, restarts: 0, ready: true });
    expect(before?.memoryBytes).toBeGreaterThan(1_000_000);
    expect(new Set(await statuses(30))).toEqual(new Set([200]));
    expect(await measure('counting')).toMatchObject({ requests: (before?.requests ?? 0) + 30, errors: 0 });
    // What reaches a workload says nothing of filters on what leaves it.
    expect((await measure('counting', 'outbound'))?.requests ?? 0).toBe(0);
    // Envoy merges its histograms every five seconds.
    await expect.poll(async () => (await measure('counting'))?.p99Ms, { timeout: 15_000 }).toBeGreaterThan(0);
  });

  it('say why there are none', async () => {
    const stats = await measure('silent');
    expect(stats).toMatchObject({ restarts: 0, ready: true, vmFailures: 0 });
    expect(stats).not.toHaveProperty('requests');
    expect(stats?.fault).toContain('statsInclusionRegexps');
  });

  it('have the deaths of filters, and what their clients got', async () => {
    const { a } = await compileModules();
    const workload = ids.get('counting') as WorkloadId;
    const filters = [
      {
        name: 'bad',
        moduleDigest: a.digest,
        moduleSize: a.bytes.byteLength,
        delivery: 'configmap',
        position: 'last',
        rootId: '',
        vmId: `bad-${a.digest.slice(0, 8)}`,
        allowPrecompiled: false,
        env: {},
        config: { kind: 'text', text: 'trap' },
        onFailure: 'closed',
      },
    ] as const;
    const chains = [{ workload, direction: 'inbound', filters }] as const;
    const signal = AbortSignal.timeout(60_000);
    const { namespace, name } = workload;
    const selectors = [{ namespace, name, labels: {} }];
    const observed = await target.observe({ fleet, selectors }, signal);
    const change = { fleet, chains, removeAll: false, retained: [] };
    const modules = new Map([[a.digest, a.bytes]]);
    for (const step of target.compile(change, observed, modules).steps) {
      // oxlint-disable-next-line no-await-in-loop
      await target.apply(step, signal);
    }
    const [pod] = await waitForWorkload(client, workloadObject(cluster, { namespace, name }));
    address = pod?.ip ?? '';
    const before = await measure('counting');
    const failed = (await statuses(20)).filter((status) => status === 503).length;
    expect(failed).toBe(20);
    const after = await measure('counting');
    expect(after?.vmFailures).toBeGreaterThan(before?.vmFailures ?? Infinity);
    expect((after?.errors ?? 0) - (before?.errors ?? 0)).toBe(20);
    expect((after?.requests ?? 0) - (before?.requests ?? 0)).toBe(20);
  });
});
