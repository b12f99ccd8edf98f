import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import {
  type Cluster,
  type KubeClient,
  type KubeObject,
  type ReadyPod,
  temporaryNamespace,
  waitForWorkload,
  workloadObject,
} from '@wasmcast/testbed';
import { type CommandLine, commandLine } from '../command-line.ts';

/** Says its version, and fails as its configuration says: at its start in a sidecar, or after so many requests. */
const moodyFilter = `
import { HeadersAction, HttpFilter, log, LogLevel, Plugin, registerPlugin } from '@wasmcast/sdk/assembly';

class MoodyPlugin extends Plugin {
  version: string = '';
  requestsLeft: i32 = i32.MAX_VALUE;

  onConfigure(): bool {
    const config = this.configuration.json();
    this.version = config.get('version').string('');
    this.requestsLeft = <i32>config.get('requests').number(<f64>i32.MAX_VALUE);
    // The trial before a rollout hears everything, a sidecar writes warnings.
    const inSidecar = !log.enabled(LogLevel.Info);
    return config.isValid && !(inSidecar && config.get('refusesSidecars').bool(false));
  }

  createFilter(): HttpFilter {
    return new MoodyFilter(this);
  }
}

class MoodyFilter extends HttpFilter {
  constructor(private plugin: MoodyPlugin) {
    super();
  }

  onResponseHeaders(endOfStream: bool): HeadersAction {
    if (this.plugin.requestsLeft-- <= 0) unreachable();
    this.response.headers.set('x-version', this.plugin.version);
    return HeadersAction.Continue;
  }
}

registerPlugin(() => new MoodyPlugin());
`;

/** One thread is enough for a test. */
const proxyConfig = { 'proxy.istio.io/config': '{"concurrency": 1}' };

/** Says nothing to a VM, and makes another digest of a module that it is added to. */
export function customSection(name: string): Buffer {
  return Buffer.from([0, name.length + 1, name.length, ...Buffer.from(name)]);
}

function workload(cluster: Cluster, namespace: string, name: string): KubeObject {
  return gentle(workloadObject(cluster, { namespace, name, replicas: 1, annotations: proxyConfig }));
}

/** Its application goes on for a moment when its pod has to go, as one does that loses no request. */
function gentle(object: KubeObject): KubeObject {
  const { template, ...spec } = object['spec'] as { readonly template: { readonly spec: PodSpec } };
  const [app, ...others] = template.spec.containers;
  const containers = [{ ...app, lifecycle: { preStop: { sleep: { seconds: 2 } } } }, ...others];
  return { ...object, spec: { ...spec, template: { ...template, spec: { ...template.spec, containers } } } };
}

interface PodSpec {
  readonly containers: readonly object[];
}

/** Workloads in a namespace of their own, a command line with a user of its own, and the moody filter as a file and as an image. */
export class MeshBench implements AsyncDisposable {
  readonly cluster: Cluster;
  readonly client: KubeClient;
  readonly namespace: string;
  readonly folder: string;
  readonly cli: CommandLine;
  readonly workloads: readonly string[];
  /** The filter in the registry, by digest. Its file is `moody.wasm` in the folder, and in another module `other.wasm`. */
  readonly image: string;
  readonly #stack: AsyncDisposableStack;

  private constructor(
    bench: Omit<
      MeshBench,
      typeof Symbol.asyncDispose | 'pods' | 'objects' | 'startElsewhere' | 'write' | 'list'
    >,
    stack: AsyncDisposableStack,
  ) {
    this.cluster = bench.cluster;
    this.client = bench.client;
    this.namespace = bench.namespace;
    this.folder = bench.folder;
    this.cli = bench.cli;
    this.workloads = bench.workloads;
    this.image = bench.image;
    this.#stack = stack;
  }

  /** `name` is the prefix of its namespace, the name of its user, and its repository. */
  static async open(cluster: Cluster, name: string, workloads: readonly string[]): Promise<MeshBench> {
    await using stack = new AsyncDisposableStack();
    const client = stack.use(await cluster.client());
    const namespace = stack.use(await temporaryNamespace(client, name)).name;
    const folder = await mkdtemp(path.join(tmpdir(), `wasmcast-${name}-`));
    stack.defer(() => rm(folder, { recursive: true }));
    const cli = commandLine(folder, {
      KUBECONFIG: await cluster.kubeconfigFor(name, ['system:masters']),
      WASMCAST_INSECURE_REGISTRIES: cluster.registry.push,
    });
    await cli.ok(['init', 'moody']);
    await writeFile(path.join(folder, 'moody/assembly/index.ts'), moodyFilter);
    await cli.ok(['build', 'moody', '--out', 'moody.wasm']);
    // The same code in a module with another digest: a custom section says nothing to a VM.
    const module = await readFile(path.join(folder, 'moody.wasm'));
    await writeFile(path.join(folder, 'other.wasm'), Buffer.concat([module, customSection('next')]));
    const push = await cli.ok(['push', `${cluster.registry.push}/${name}/moody:1`, 'moody.wasm']);
    const parts = { cluster, client, namespace, folder, cli, workloads, image: push.stdout.trim() };
    const bench = new MeshBench(parts, stack.move());
    for (const object of bench.objects()) await client.apply(object);
    await bench.pods();
    return bench;
  }

  /** The workloads, one pod each. */
  objects(): readonly KubeObject[] {
    return this.workloads.map((name) => workload(this.cluster, this.namespace, name));
  }

  /** One more workload, in another namespace. */
  async startElsewhere(namespace: string, name: string): Promise<void> {
    const object = workload(this.cluster, namespace, name);
    await this.client.apply(object);
    await waitForWorkload(this.client, object);
  }

  /** The pod of each workload, once it is rolled out. */
  async pods(): Promise<ReadonlyMap<string, ReadyPod>> {
    const found = await Promise.all(this.objects().map((object) => waitForWorkload(this.client, object)));
    return new Map(
      this.workloads.flatMap((name, i) => (found[i]?.[0] === undefined ? [] : [[name, found[i][0]]])),
    );
  }

  /** Writes the manifest: all of it but its kind. */
  async write(manifest: string): Promise<void> {
    const head = 'apiVersion: wasmcast.dev/v1alpha1\nkind: Fleet\n';
    await writeFile(path.join(this.folder, 'wasmcast.yaml'), `${head}${manifest.trim()}\n`);
  }

  /** Names of the objects of a collection of the namespace: `/api/v1`, `pods`. */
  async list(api: string, resource: string): Promise<readonly KubeObject[]> {
    const url = `${api}/namespaces/${this.namespace}/${resource}`;
    return ((await this.client.request('GET', url)) as { items: KubeObject[] }).items;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#stack.disposeAsync();
  }
}
