import type { Selector, TargetSpec } from '@wasmcast/core';
import type { ModuleFixture, TargetFixture } from '@wasmcast/core/testing';
import { pushModule } from '@wasmcast/oci';
import {
  type Cluster,
  sharedCluster,
  temporaryNamespace,
  waitForWorkload,
  workloadObject,
} from '@wasmcast/testbed';
import { connectIstio, type IstioTarget } from '../src/index.ts';
import { compileModules } from './modules.ts';

/** The shared cluster as a target. */
export async function openMesh(
  cluster: Cluster,
  change: Partial<Extract<TargetSpec, { kind: 'istio' }>> = {},
): Promise<IstioTarget> {
  const spec = {
    kind: 'istio',
    name: 'mesh',
    context: undefined,
    stateNamespace: 'istio-system',
    imageResource: 'WasmPlugin',
    declaredIn: 'wasmcast.yaml',
    ...change,
  } as const;
  return await connectIstio(spec, { kubeconfig: cluster.kubeconfig, signal: AbortSignal.timeout(30_000) });
}

/** Pushes a module to the cluster's registry. */
export async function inRegistry(
  cluster: Cluster,
  name: string,
  module: ModuleFixture,
): Promise<ModuleFixture & Required<Pick<ModuleFixture, 'image'>>> {
  const { push } = cluster.registry;
  const pushed = await pushModule(`${push}/istio-test/${name}:1`, module.bytes, {
    insecureRegistries: [push],
    credentials: async () => ({ kind: 'anonymous' }),
  });
  return { ...module, image: { reference: pushed.image, digest: pushed.imageDigest } };
}

/** Two workloads in a namespace of their own, for the conformance suite. */
export async function meshFixture(delivery: 'configmap' | 'image'): Promise<TargetFixture> {
  const cluster = await sharedCluster();
  // What was made goes again if the rest cannot be made.
  await using stack = new AsyncDisposableStack();
  const client = stack.use(await cluster.client());
  const namespace = stack.use(await temporaryNamespace(client, 'istio'));
  const workloads = ['first', 'second'].map((name) =>
    workloadObject(cluster, { namespace: namespace.name, name, replicas: name === 'first' ? 2 : 1 }),
  );
  for (const workload of workloads) {
    // oxlint-disable-next-line no-await-in-loop
    await client.apply(workload);
  }
  await Promise.all(workloads.map((workload) => waitForWorkload(client, workload)));
  const { a, b } = await compileModules();
  const modules =
    delivery === 'image'
      ? { a: await inRegistry(cluster, 'a', a), b: await inRegistry(cluster, 'b', b) }
      : { a, b };
  const select = (app: string): Selector => ({ namespace: namespace.name, labels: { app } });
  const target = stack.use(await openMesh(cluster));
  const kept = stack.move();
  return {
    target,
    workloads: { first: select('first'), second: select('second') },
    modules,
    delivery,
    direction: 'inbound',
    rootId: 'my_root_id',
    convergeMs: 180_000,
    pollMs: 500,
    [Symbol.asyncDispose]: () => kept.disposeAsync(),
  };
}
