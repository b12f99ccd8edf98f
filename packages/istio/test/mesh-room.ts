import {
  type Chain,
  type DesiredFilter,
  hasErrors,
  type InstanceVerdict,
  type Observed,
  type TargetSpec,
  type WorkloadId,
} from '@wasmcast/core';
import type { ModuleFixture } from '@wasmcast/core/testing';
import {
  type Cluster,
  type KubeClient,
  type KubeObject,
  sharedCluster,
  temporaryNamespace,
  waitForWorkload,
  workloadObject,
} from '@wasmcast/testbed';
import type { IstioTarget } from '../src/index.ts';
import { openMesh } from './mesh.ts';

const patienceMs = 60_000;

type IstioSpec = Extract<TargetSpec, { kind: 'istio' }>;

/** A namespace of a test's own on the shared cluster, and the mesh as a target. All that is in it goes with it. */
export class MeshRoom implements AsyncDisposable {
  readonly cluster: Cluster;
  readonly client: KubeClient;
  readonly namespace: string;
  readonly target: IstioTarget;
  readonly #stack: AsyncDisposableStack;

  private constructor(
    cluster: Cluster,
    client: KubeClient,
    namespace: string,
    target: IstioTarget,
    stack: AsyncDisposableStack,
  ) {
    this.cluster = cluster;
    this.client = client;
    this.namespace = namespace;
    this.target = target;
    this.#stack = stack;
  }

  /** `spec`: what is different about the target, which may depend on the namespace. */
  static async open(
    name: string,
    spec: (namespace: string) => Partial<IstioSpec> = () => ({}),
  ): Promise<MeshRoom> {
    const cluster = await sharedCluster();
    // What was made goes again if the rest cannot be made.
    await using stack = new AsyncDisposableStack();
    const client = stack.use(await cluster.client());
    const namespace = stack.use(await temporaryNamespace(client, name)).name;
    const target = stack.use(await openMesh(cluster, spec(namespace)));
    return new MeshRoom(cluster, client, namespace, target, stack.move());
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#stack.disposeAsync();
  }

  /** A Deployment of one pod, as an object to apply. */
  object(name: string): KubeObject {
    return workloadObject(this.cluster, { namespace: this.namespace, name });
  }

  id(name: string): WorkloadId {
    return { target: this.target.name, namespace: this.namespace, kind: 'Deployment', name };
  }

  /** Starts Deployments of these names, and waits until they serve. */
  async start(...names: readonly string[]): Promise<void> {
    await Promise.all(names.map((name) => this.client.apply(this.object(name))));
    await Promise.all(names.map((name) => this.address(name)));
  }

  /** Where the pod of a Deployment is, once it serves. */
  async address(name: string): Promise<string> {
    const [pod] = await waitForWorkload(this.client, this.object(name));
    if (pod === undefined) throw new Error(`${name} has no pod`);
    return pod.ip;
  }

  /** How things stand with these workloads. */
  async observe(fleet: string, names: readonly string[], on = this.target): Promise<Observed> {
    const selectors = names.map((name) => ({ namespace: this.namespace, name, labels: {} }));
    return await on.observe({ fleet, selectors }, AbortSignal.timeout(patienceMs));
  }

  /** Writes what is missing for these chains, and waits for nothing; what is too much stays. */
  async deliver(
    fleet: string,
    chains: readonly Chain[],
    ...modules: readonly ModuleFixture[]
  ): Promise<void> {
    const observed = await this.observe(fleet, [...new Set(chains.map(({ workload }) => workload.name))]);
    const bytes = new Map(modules.map((module) => [module.digest, module.bytes]));
    const change = { fleet, chains, removeAll: false, retained: [] };
    const { steps, diagnostics } = this.target.compile(change, observed, bytes);
    if (hasErrors(diagnostics)) throw new Error(JSON.stringify(diagnostics));
    const signal = AbortSignal.timeout(patienceMs);
    for (const step of steps.filter(({ stage }) => stage !== 'cleanup')) {
      // oxlint-disable-next-line no-await-in-loop
      await this.target.apply(step, signal);
    }
  }

  /** What the sidecars show of these chains. */
  async read(fleet: string, chains: readonly Chain[], on = this.target): Promise<readonly InstanceVerdict[]> {
    const verdicts: InstanceVerdict[] = [];
    for await (const verdict of on.verify(fleet, chains, AbortSignal.timeout(patienceMs)))
      verdicts.push(verdict);
    return verdicts;
  }
}

/** A filter by a file, unless `change` says otherwise, that keeps nobody out when it fails. */
export function meshFilter(
  name: string,
  { digest, bytes, image }: ModuleFixture,
  change: Partial<DesiredFilter> = {},
): DesiredFilter {
  return {
    name,
    moduleDigest: digest,
    moduleSize: bytes.byteLength,
    delivery: 'configmap',
    ...(change.delivery === 'image' && image !== undefined && { image }),
    position: 'last',
    rootId: '',
    vmId: `${name}-${digest.slice(0, 8)}`,
    allowPrecompiled: false,
    env: {},
    config: { kind: 'none' },
    onFailure: 'open',
    ...change,
  };
}
