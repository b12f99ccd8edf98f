import { readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import process from 'node:process';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { seeds } from '@wasmcast/core/testing';
import {
  type Cluster,
  clusterDown,
  clusterUp,
  httpGet,
  namespaceObject,
  requireComponent,
  skipNote,
  workloadPort,
} from '@wasmcast/testbed';
import type { CommandAnswer } from './command-line.ts';
import { type Batch, batchManifest, fileWorkloads, imageWorkloads, standing } from './support/bad-batch.ts';
import { customSection, MeshBench } from './support/mesh-bench.ts';
import { PodWatch } from './support/pod-watch.ts';
import { ReadyTraffic } from './support/ready-traffic.ts';

const missing = await requireComponent('cluster');
const name = 'bad-things';

type Undo = () => Promise<unknown>;

/** What happens to a batch that was good, and what the tool has to make of it. */
interface BadThing {
  readonly what: string;
  /** What is different in the manifest. */
  readonly change: () => Pick<Batch, 'configs' | 'modules' | 'waves'>;
  /** Done before the rollout, or `at` the first event of this type; gives what undoes it. */
  readonly happens?: () => Promise<Undo>;
  readonly at?: string;
  /** The one workload that may have been touched; undefined: none at all. */
  readonly touched?: string;
  /** Whether its requests fail; undefined: they may not, as those of all others. */
  readonly itsRequests?: 'fail' | 'may fail';
  readonly ended: (answer: CommandAnswer) => void | Promise<void>;
}

describe.skipIf(missing !== undefined)(
  `a batch of thirty filters on twelve workloads${skipNote(missing)}`,
  () => {
    const stack = new AsyncDisposableStack();
    let cluster: Cluster;
    let bench: MeshBench;
    let traffic: ReadyTraffic;
    let firstImage: string;
    let otherImage: string;
    let apart: string;

    beforeAll(async () => {
      // Some of these things happen to the cluster itself: it is not the one that others use.
      cluster = await clusterUp({ name });
      stack.defer(() => clusterDown({ name }));
      bench = stack.use(
        await MeshBench.open(cluster, name, [...fileWorkloads, ...imageWorkloads.slice(0, -1)]),
      );
      const { cli, client, namespace } = bench;
      // By its name it comes after the others: their first workload is the first wave.
      apart = `elsewhere-${namespace}`;
      await client.apply(namespaceObject(apart));
      await bench.startElsewhere(apart, imageWorkloads.at(-1) ?? '');
      await theirs();
      const push = async (module: string): Promise<string> =>
        (
          await cli.ok(['push', `${cluster.registry.push}/${name}/${module}:1`, `${module}.wasm`])
        ).stdout.trim();
      await copyWith(bench.folder, 'first');
      firstImage = await push('first');
      otherImage = await push('other');
      const pods = [namespace, apart].map((each) => stack.use(new PodWatch(client, each)));
      traffic = stack.use(new ReadyTraffic(...pods));
      await write({ timeout: '5m' });
      const { events } = await cli.ok(['apply', '-o', 'json']);
      const failures = traffic.takeFailures();
      if (events.at(-1)?.['live'] !== 12 || failures.length > 0)
        throw new Error(`the good batch: ${JSON.stringify([events.at(-1), failures])}`);
    });

    afterAll(async () => {
      await stack.disposeAsync();
    });

    const write = (change: Partial<Batch>): Promise<void> => {
      const { namespace, image } = bench;
      return bench.write(
        batchManifest({ namespace, firstImage, image, elsewhere: { i6: apart }, ...change }),
      );
    };

    const things: readonly BadThing[] = [
      {
        what: 'a module that is none',
        change: () => ({ modules: { 'file-01': '{file: none.wasm}' } }),
        happens: async () => {
          const file = path.join(bench.folder, 'none.wasm');
          await writeFile(file, Buffer.from([0, 97, 115, 109, 1, 0, 0, 0, 1]));
          return () => rm(file);
        },
        ended: ({ exit, events }) => {
          expect(exit).toBe(65);
          expect(types(events)).not.toContain('rollout-started');
        },
      },
      {
        what: 'a configuration that only sidecars refuse',
        change: () => ({ configs: { 'file-01': '{version: bad, refusesSidecars: true}' } }),
        ended: ({ exit, events }) => {
          expect(exit).toBe(1);
          expect(events.find((e) => e['type'] === 'probe-done')).toMatchObject({ outcome: 'fail' });
        },
      },
      {
        what: 'a filter that traps on its tenth request',
        change: () => ({ configs: { 'image-01': '{version: tired, requests: 10}' } }),
        touched: 'i1',
        itsRequests: 'fail',
        ended: async ({ exit, events }) => {
          expect(exit).toBe(3);
          expect(JSON.stringify(events)).toMatch(
            /gate errors of wave 1: [^"]*(the VM of a filter died|ended in 5xx)/,
          );
          // It serves again, but of its three other filters nobody can tell which VM it was: that is said, and is no failure.
          expect(await version('i1')).toBe('good');
          expect(events.at(-1)).toMatchObject({ outcome: 'rolled-back', instances: 6, live: 5 });
          const remark = events.find(({ code }) => code === 'WC-RUN-006');
          expect(remark?.['error']).toMatch(/\/i1-[^:]*: image-\d\d \(a VM died, of one of image-01, /);
          const verdicts = (await bench.cli.run(['verify', '-o', 'json'])).stdout;
          expect(verdicts).toContain('maybe-crashed');
          expect(verdicts).not.toContain('"crashed"');
          await restart('i1');
        },
      },
      {
        what: 'a pod that never gets ready',
        change: () => ({ modules: { 'file-01': '{file: other.wasm}' } }),
        happens: cordon,
        touched: 'f1',
        ended: ({ exit, events }) => {
          expect(exit).toBe(3);
          const probe = events.find((e) => e['type'] === 'probe-done');
          expect(probe).toMatchObject({ outcome: 'inconclusive' });
          expect(probe?.['says']).toMatch(/finds no node/);
          expect(JSON.stringify(events)).toMatch(/instances? not live after 40 s/);
        },
      },
      {
        what: 'a registry that goes away when the probe has pulled',
        change: () => ({ modules: { 'image-01': `{image: "${otherImage}"}` } }),
        happens: () => halted('registry'),
        at: 'wave-started',
        touched: 'i1',
        itsRequests: 'may fail',
        ended: ({ exit, events }) => {
          expect(exit).toBe(3);
          expect(JSON.stringify(events)).toMatch(/instances? not live after 40 s/);
        },
      },
      {
        what: 'an istiod that is stopped',
        change: () => ({ configs: { 'image-01': '{version: late}' } }),
        happens: () => halted('istiod'),
        at: 'wave-started',
        // The API server asks its webhook about each write, and takes none.
        ended: ({ exit, events }) => {
          expect(exit).toBe(69);
          expect(JSON.stringify(events)).toMatch(/failed calling webhook .{0,5}validation.istio.io/);
          expect(types(events)).not.toContain('step-done');
        },
      },
      {
        // The last one: it leaves eleven workloads.
        what: 'a namespace that is deleted under us',
        change: () => ({
          configs: { 'image-01': '{version: gone}' },
          waves: `[namespace=${apart}, 100%]`,
        }),
        happens: async () => {
          await bench.client.delete(namespaceObject(apart));
          return async () => undefined;
        },
        at: 'wave-started',
        // Its pods may be seen live before they end; then there are no requests to judge.
        ended: ({ exit, events }) => {
          expect([3, 4]).toContain(exit);
          expect(types(events)).not.toContain('wave-done');
        },
      },
    ];

    test.each(chosen(things))('$what: no instance outside the first wave is touched', async (thing) => {
      const before = await standing(bench.client, bench.namespace);
      expect(Object.keys(before)).toEqual(expect.arrayContaining(['theirs', 'f1', 'i1']));
      traffic.takeFailures();
      await write(thing.change());
      let undo = thing.at === undefined ? thing.happens?.() : undefined;
      await undo;
      let answer: CommandAnswer;
      try {
        answer = await bench.cli.run(['apply', '-o', 'json'], ({ type }) => {
          if (type === thing.at) undo ??= thing.happens?.();
        });
      } finally {
        await (
          await undo
        )?.();
      }
      await thing.ended(answer);
      const failures = traffic.takeFailures();
      const its = failures.filter((failure) => failure.startsWith(`${thing.touched}: `));
      expect(failures.filter((failure) => !its.includes(failure))).toEqual([]);
      const wanted = thing.itsRequests ?? 'pass';
      expect([its.length > 0 ? 'fail' : 'pass', 'may fail']).toContain(wanted);
      const { [thing.touched ?? '']: _touched, ...others } = before;
      expect(await standing(bench.client, bench.namespace)).toMatchObject(others);
    });

    /** What others have there: a filter of their own on two workloads, and a volume in the sidecars of a third. */
    async function theirs(): Promise<void> {
      const { client, namespace } = bench;
      await client.apply({
        apiVersion: 'networking.istio.io/v1alpha3',
        kind: 'EnvoyFilter',
        metadata: { name: 'theirs', namespace },
        spec: {
          workloadSelector: { labels: { app: 'f2' } },
          configPatches: [
            {
              applyTo: 'HTTP_FILTER',
              match: {
                context: 'SIDECAR_INBOUND',
                listener: {
                  filterChain: { filter: { name: 'envoy.filters.network.http_connection_manager' } },
                },
              },
              patch: {
                operation: 'INSERT_FIRST',
                value: {
                  name: 'theirs',
                  typed_config: {
                    '@type': 'type.googleapis.com/envoy.extensions.filters.http.buffer.v3.Buffer',
                    max_request_bytes: 1_000_000,
                  },
                },
              },
            },
          ],
        },
      });
      const annotations = {
        'sidecar.istio.io/userVolume': '[{"name":"theirs","emptyDir":{}}]',
        'sidecar.istio.io/userVolumeMount': '[{"name":"theirs","mountPath":"/theirs"}]',
      };
      await client.request(
        'PATCH',
        `/apis/apps/v1/namespaces/${namespace}/deployments/f3`,
        { spec: { template: { metadata: { annotations } } } },
        { contentType: 'application/merge-patch+json' },
      );
      await bench.pods();
    }

    /** Whose answer a workload gives: the version of its filters. */
    async function version(workload: string): Promise<unknown> {
      const ip = (await bench.pods()).get(workload)?.ip ?? '';
      return (await httpGet(ip, workloadPort)).headers['x-version'];
    }

    async function restart(workload: string): Promise<void> {
      const pod = (await bench.pods()).get(workload);
      await bench.client.request('DELETE', `/api/v1/namespaces/${bench.namespace}/pods/${pod?.name}`);
      await bench.pods();
    }

    async function cordon(): Promise<Undo> {
      const patch = (unschedulable: boolean): Promise<unknown> =>
        bench.client.request(
          'PATCH',
          `/api/v1/nodes/${cluster.node}`,
          { spec: { unschedulable } },
          { contentType: 'application/merge-patch+json' },
        );
      await patch(true);
      return () => patch(false);
    }

    /** A program that does not answer any more, and later does again. */
    async function halted(program: string): Promise<Undo> {
      const pid = cluster.programs[program];
      if (pid === undefined) throw new Error(`no ${program}`);
      process.kill(pid, 'SIGSTOP');
      return async () => process.kill(pid, 'SIGCONT');
    }
  },
);

/** The module of the bench again, with a digest of its own. */
async function copyWith(folder: string, section: string): Promise<void> {
  const module = await readFile(path.join(folder, 'moody.wasm'));
  await writeFile(path.join(folder, `${section}.wasm`), Buffer.concat([module, customSection(section)]));
}

function types(events: CommandAnswer['events']): readonly unknown[] {
  return events.map((event) => event['type']);
}

/** Two of them in CI, which ones depends on the commit; all of them by `WASMCAST_FULL=1 npm run test:mesh`. */
function chosen(things: readonly BadThing[]): readonly BadThing[] {
  const picked = new Set(
    seeds({ slice: 2, full: things.length }, process.env).map((seed) => seed % things.length),
  );
  return things.filter((_, i) => picked.has(i));
}
