import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  type Cluster,
  type KubeClient,
  type KubeObject,
  auditMark,
  auditWrites,
  requireComponent,
  sharedCluster,
  skipNote,
  temporaryNamespace,
  waitForWorkload,
  workloadObject,
} from '@wasmcast/testbed';
import { type CommandLine, commandLine } from './command-line.ts';
import { Traffic } from './support/traffic.ts';

const missing = await requireComponent('cluster');
const user = 'waves';

/**
 * Answers with its version, and as its configuration says: traps when it has served so many `requests`; refuses every
 * so-manyth, `refused`, with 503.
 */
const filter = `
import { HeadersAction, HttpFilter, LocalResponse, Plugin, registerPlugin } from '@wasmcast/sdk/assembly';

class TiringPlugin extends Plugin {
  version: string = '';
  requestsLeft: i32 = i32.MAX_VALUE;
  refused: i32 = 0;
  served: i32 = 0;

  onConfigure(): bool {
    const config = this.configuration.json();
    this.version = config.get('version').string('');
    this.requestsLeft = <i32>config.get('requests').number(<f64>i32.MAX_VALUE);
    this.refused = <i32>config.get('refused').number(0);
    return config.isValid;
  }

  createFilter(): HttpFilter {
    return new TiringFilter(this);
  }
}

class TiringFilter extends HttpFilter {
  constructor(private plugin: TiringPlugin) {
    super();
  }

  onRequestHeaders(endOfStream: bool): HeadersAction {
    const refused = this.plugin.refused;
    if (refused === 0 || ++this.plugin.served % refused !== 0) return HeadersAction.Continue;
    new LocalResponse(503).send();
    return HeadersAction.Pause;
  }

  onResponseHeaders(endOfStream: bool): HeadersAction {
    if (this.plugin.requestsLeft-- <= 0) unreachable();
    this.response.headers.set('x-version', this.plugin.version);
    return HeadersAction.Continue;
  }
}

registerPlugin(() => new TiringPlugin());
`;

describe.skipIf(missing !== undefined)(`waves on a real mesh${skipNote(missing)}`, () => {
  const stack = new AsyncDisposableStack();
  const names = ['one', 'three', 'two'];
  let cluster: Cluster;
  let client: KubeClient;
  let namespace: string;
  let folder: string;
  let cli: CommandLine;
  let image: string;
  let traffic: Traffic;

  beforeAll(async () => {
    cluster = await sharedCluster();
    client = stack.use(await cluster.client());
    namespace = stack.use(await temporaryNamespace(client, 'waves')).name;
    folder = await mkdtemp(path.join(tmpdir(), 'wasmcast-waves-'));
    stack.defer(() => rm(folder, { recursive: true }));
    cli = commandLine(folder, {
      KUBECONFIG: await cluster.kubeconfigFor(user, ['system:masters']),
      WASMCAST_INSECURE_REGISTRIES: cluster.registry.push,
    });
    for (const workload of workloads()) await client.apply(workload);
    traffic = stack.use(new Traffic(await pods()));
    await cli.ok(['init', 'tiring']);
    await writeFile(path.join(folder, 'tiring/assembly/index.ts'), filter);
    await cli.ok(['build', 'tiring', '--out', 'tiring.wasm']);
    image = (await cli.ok(['push', `${cluster.registry.push}/waves/tiring:1`, 'tiring.wasm'])).stdout.trim();
  });

  afterAll(async () => {
    await stack.disposeAsync();
  });

  const workloads = (): readonly KubeObject[] =>
    names.map((name) => workloadObject(cluster, { namespace, name, replicas: 1 }));

  /** The address of each workload's pod. */
  async function pods(): Promise<ReadonlyMap<string, string>> {
    const found = await Promise.all(workloads().map((workload) => waitForWorkload(client, workload)));
    return new Map(names.map((name, i) => [name, found[i]?.[0]?.ip ?? '']));
  }

  /** The batch on all three workloads; what is different from one test to the next is its configuration and its waves. */
  async function manifest(
    config: string,
    waves: string,
    delivery: 'image' | 'configmap' = 'image',
    gates = '[{name: errors, stats: {maxErrorRate: 1%, minRequests: 20}, interval: 2s, count: 2}]',
    drift = 'correct',
  ): Promise<void> {
    const module = delivery === 'image' ? `{image: "${image}"}` : '{file: tiring.wasm}';
    await writeFile(
      path.join(folder, 'wasmcast.yaml'),
      `
apiVersion: wasmcast.dev/v1alpha1
kind: Fleet
metadata: {name: waves}
drift: ${drift}
filters:
- {name: tiring, module: ${module}, config: ${config}}
targets:
- {name: mesh, istio: {}}
bindings:
${names.map((name) => `- {name: ${name}, target: mesh, select: {namespace: ${namespace}, name: ${name}}, delivery: ${delivery}, chain: [tiring]}`).join('\n')}
rollout:
  timeout: 2m
  waves: ${waves}
${gates === 'default' ? '' : `  gates: ${gates}\n`}`,
    );
  }

  test('a batch goes out wave by wave under traffic, and no request fails', async () => {
    await manifest('{version: good}', '[1, 100%]');
    const { events } = await cli.ok(['apply', '-o', 'json']);
    expect(events.at(-1)).toMatchObject({ type: 'summary', outcome: 'live', instances: 3, live: 3 });
    const gates = events.filter((e) => e['type'] === 'gate' && e['outcome'] === 'pass');
    expect(gates.map((e) => e['wave'])).toEqual([1, 1, 2, 2]);
    expect(await traffic.versions()).toEqual({ one: 'good', three: 'good', two: 'good' });
    expect(traffic.takeErrors()).toEqual({ one: 0, three: 0, two: 0 });
  });

  test('one that begins to trap after its first wave goes back by itself, and nobody else ever saw it', async () => {
    await manifest('{version: tired, requests: 10}', '[1, 100%]');
    const since = await auditMark(cluster);
    const { exit, events } = await cli.run(['apply', '-o', 'json']);
    expect(exit).toBe(3);
    expect(events.at(-1)).toMatchObject({ type: 'summary', outcome: 'rolled-back' });
    expect(JSON.stringify(events)).toMatch(
      /gate errors of wave 1: [^"]*(the VM of a filter died|ended in 5xx)/,
    );
    expect(await traffic.versions()).toEqual({ one: 'good', three: 'good', two: 'good' });
    const { one, ...others } = traffic.takeErrors();
    expect(one).toBeGreaterThan(0);
    expect(others).toEqual({ three: 0, two: 0 });
    const writes = await auditWrites(cluster, since, { user });
    // The probe's own is created, and gone again.
    const plugins = writes
      .filter((w) => w.resource === 'extensions.istio.io/wasmplugins' && w.verb === 'patch')
      .map((w) => w.name);
    expect([plugins.length, new Set(plugins).size]).toEqual([2, 1]);
  });

  test('one that refuses a tenth of all requests is stopped by the default gate after its first wave', async () => {
    await manifest('{version: refusing, refused: 10}', '[1, 100%]', 'image', 'default');
    const { exit, stdout } = await cli.run(['apply']);
    expect([exit, stdout]).toEqual([
      3,
      expect.stringMatching(
        new RegExp(
          [
            '^rolled back: fleet waves on mesh; what was there before is seen live again',
            '  what  gate default of wave 1: \\d+ of \\d+ requests ended in 5xx, more than [\\d.]+ % \\([\\d.]+ % before the wave\\)',
            `  where wave 1 of 2: ${namespace}/Deployment/one`,
            '  when  20[-0-9T:.]+Z, [0-9.ms]+ after the wave began',
            '  seen  gate default: fail, \\d+ of \\d+ requests ended in 5xx, [^\\n]*\\(0 of \\d+ measurements passed\\)',
            `  back  ${namespace}/Deployment/one: tiring [0-9a-f]{16}`,
            '  rest  2 other workloads: never touched',
          ].join('\\n'),
        ),
      ),
    ]);
    expect(await traffic.versions()).toEqual({ one: 'good', three: 'good', two: 'good' });
    const { one, ...others } = traffic.takeErrors();
    expect(one).toBeGreaterThan(0);
    expect(others).toEqual({ three: 0, two: 0 });
  });

  test('killed in its first wave, it is finished by the next apply, which takes over the lock of the dead', async () => {
    await manifest('{version: second}', '[1, 100%]');
    await cli.killAt(['apply'], 'gate');
    const { events } = await cli.ok(['apply', '-o', 'json']);
    expect(events.at(-1)).toMatchObject({ outcome: 'live', instances: 3, live: 3 });
    expect(events).toContainEqual(expect.objectContaining({ type: 'remark', code: 'WC-RUN-003' }));
    expect(await traffic.versions()).toEqual({ one: 'second', three: 'second', two: 'second' });
    expect(traffic.takeErrors()).toEqual({ one: 0, three: 0, two: 0 });
  });

  test('what somebody edits is told, and left or mended, as `drift` says', async () => {
    const url = `/apis/extensions.istio.io/v1alpha1/namespaces/${namespace}/wasmplugins`;
    const { items } = (await client.request('GET', url)) as { readonly items: readonly KubeObject[] };
    const { metadata } = items.find((each) => each.metadata.name.includes('tiring')) ?? {
      metadata: { name: '' },
    };
    await client.request(
      'PATCH',
      `${url}/${metadata.name}?fieldManager=kubectl-edit`,
      { spec: { pluginConfig: { version: 'edited' } } },
      { contentType: 'application/merge-patch+json' },
    );
    const edited = async (): Promise<number> =>
      Object.values(await traffic.versions()).filter((version) => version === 'edited').length;
    await expect.poll(edited, { timeout: 60_000 }).toBe(1);
    const line = new RegExp(
      `drift WasmPlugin ${namespace}/${metadata.name} was edited .spec. by kubectl-edit at 20`,
    );
    for (const [policy, exit] of [
      ['warn', 5],
      ['ignore', 0],
    ] as const) {
      await manifest('{version: second}', '[1, 100%]', 'image', 'none', policy);
      const status = await cli.run(['status']);
      expect([policy, status.exit, line.test(status.stdout)]).toEqual([policy, exit, exit === 5]);
      const { events } = await cli.ok(['apply', '-o', 'json']);
      expect([policy, events.at(-1), await edited()]).toEqual([
        policy,
        expect.objectContaining({ outcome: 'live', writes: 0 }),
        1,
      ]);
    }
    await manifest('{version: second}', '[1, 100%]', 'image', 'none');
    const { events } = await cli.ok(['apply', '-o', 'json']);
    expect(events.at(-1)).toMatchObject({ outcome: 'live', writes: 1, live: 3 });
    expect(await traffic.versions()).toEqual({ one: 'second', three: 'second', two: 'second' });
    expect((await cli.run(['status'])).exit).toBe(0);
  });

  test('a person takes the wave that waits back; files and restarts are no different', async () => {
    await cli.ok(['remove', '-o', 'json']);
    traffic.takeErrors();
    await manifest('{version: file}', '[1, pause, 100%]', 'configmap', 'none');
    const waiting = await cli.run(['apply', '-o', 'json']);
    expect(waiting.exit).toBe(4);
    expect(waiting.events.at(-1)).toMatchObject({ outcome: 'paused' });
    expect((await cli.run(['status'])).stdout).toMatch(/waits.*promote/s);
    traffic.follow(await pods());
    expect(await traffic.versions()).toEqual({ one: 'file', three: undefined, two: undefined });
    const aborted = await cli.run(['abort', '-o', 'json']);
    expect([aborted.exit, aborted.events.at(-1)?.['outcome']]).toEqual([3, 'rolled-back']);
    await cli.ok(['remove', '-o', 'json']);
  });
});
