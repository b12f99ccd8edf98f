import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { requireComponent, sharedCluster, skipNote } from '@wasmcast/testbed';
import { ChainWatch } from './support/chain-watch.ts';
import { MeshBench } from './support/mesh-bench.ts';
import { PodWatch } from './support/pod-watch.ts';
import { ReadyTraffic } from './support/ready-traffic.ts';

const missing = await requireComponent('cluster');
const order = ['one', 'two', 'three'];

describe.skipIf(missing !== undefined)(
  `every proxy, at every moment of a rollout${skipNote(missing)}`,
  () => {
    const stack = new AsyncDisposableStack();
    let bench: MeshBench;
    let pods: PodWatch;
    let traffic: ReadyTraffic;
    let otherImage: string;

    beforeAll(async () => {
      bench = stack.use(await MeshBench.open(await sharedCluster(), 'order', ['first', 'second']));
      const pushed = await bench.cli.ok([
        'push',
        `${bench.cluster.registry.push}/order/other:1`,
        'other.wasm',
      ]);
      otherImage = pushed.stdout.trim();
      pods = stack.use(new PodWatch(bench.client, bench.namespace));
      traffic = stack.use(new ReadyTraffic(pods));
    });

    afterAll(async () => {
      await stack.disposeAsync();
    });

    beforeEach(() => {
      traffic.takeFailures();
    });

    /** A chain of these filters on both workloads; `two` gets its module, or another one. */
    async function apply(
      delivery: string,
      chain: readonly string[],
      version: string,
      two: 'same' | 'other' = 'same',
    ): Promise<void> {
      const module = (name: string): string => {
        const isOther = name === 'two' && two === 'other';
        if (delivery === 'image') return `{image: "${isOther ? otherImage : bench.image}"}`;
        return `{file: ${isOther ? 'other' : 'moody'}.wasm}`;
      };
      await bench.write(`
metadata: {name: order}
filters:
${order.map((name) => `- {name: ${name}, module: ${module(name)}, config: {version: ${name}-${version}}}`).join('\n')}
targets:
- {name: mesh, istio: {}}
bindings:
${bench.workloads.map((name) => `- {name: ${name}, target: mesh, select: {namespace: ${bench.namespace}, name: ${name}}, delivery: ${delivery}, chain: [${chain.join(', ')}]}`).join('\n')}
rollout: {timeout: 2m, waves: [100%], gates: none, probe: off}
`);
      await bench.cli.ok(['apply', '-o', 'json']);
    }

    test.each(['configmap', 'image'])(
      'has only whole and ordered chains: new ones, changed ones, none, by %s; and no request fails',
      async (delivery) => {
        await using watch = new ChainWatch(bench.cluster.kubeconfig, bench.namespace, pods, order);
        const seen = async (chain: string): Promise<void> => {
          const wanted = bench.workloads.map((name) => `${name}: ${chain}`);
          await expect
            .poll(() => [...watch.seen], { timeout: 10_000 })
            .toEqual(expect.arrayContaining(wanted));
        };
        await seen('');
        await apply(delivery, ['one', 'three'], 'v1');
        await seen('one three');
        await apply(delivery, ['one', 'two', 'three'], 'v2');
        await seen('one two three');
        await apply(delivery, ['two', 'three'], 'v3', 'other');
        await seen('two three');
        await bench.cli.ok(['remove', '-o', 'json']);
        expect([...watch.faults]).toEqual([]);
        expect(traffic.takeFailures()).toEqual([]);
        // By image all of it takes seconds only; each state was waited for above.
        expect(traffic.answered).toBeGreaterThan(40);
        expect(watch.readings).toBeGreaterThan(20);
      },
    );

    test('would have been seen otherwise: a file that is not there, and an order that is wrong', async () => {
      await apply('image', ['one', 'two'], 'v4');
      await using watch = new ChainWatch(bench.cluster.kubeconfig, bench.namespace, pods, ['two', 'one']);
      const object = strayFilter(bench.namespace);
      await bench.client.apply(object);
      await expect
        .poll(() => [...watch.faults].join('\n'), { timeout: 30_000 })
        .toMatch(
          /wrong order[^]*(refused an update|does not have)|(refused an update|does not have)[^]*wrong order/,
        );
      await bench.client.delete(object);
      await bench.cli.ok(['remove', '-o', 'json']);
    });
  },
);

/** An EnvoyFilter of somebody who forgot the file. */
function strayFilter(namespace: string) {
  const type = 'type.googleapis.com/envoy.extensions.filters.http.wasm.v3.Wasm';
  const code = { local: { filename: '/nowhere/at-all.wasm' } };
  return {
    apiVersion: 'networking.istio.io/v1alpha3',
    kind: 'EnvoyFilter',
    metadata: { name: 'stray', namespace },
    spec: {
      workloadSelector: { labels: { app: 'first' } },
      configPatches: [
        {
          applyTo: 'HTTP_FILTER',
          match: {
            context: 'SIDECAR_INBOUND',
            listener: { filterChain: { filter: { name: 'envoy.filters.network.http_connection_manager' } } },
          },
          patch: {
            operation: 'INSERT_FIRST',
            value: {
              name: 'stray',
              typed_config: {
                '@type': type,
                config: { vm_config: { runtime: 'envoy.wasm.runtime.v8', code } },
              },
            },
          },
        },
      ],
    },
  };
}
