import { connect } from 'node:net';
import { once } from 'node:events';
import { access, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { httpGet } from '../http-get.ts';
import { KubeClient } from '../kube-client.ts';
import type { KubeObject } from '../kube-client.ts';
import { run } from '../process/run.ts';
import { until } from '../process/wait.ts';
import { pushImage } from '../registry/push-image.ts';
import { clusterImages, istiodAddress } from './config-files.ts';
import { readAccess } from './credentials.ts';
import { launch, waitReady } from './launch.ts';
import { meshObjects } from './mesh-objects.ts';
import { clusterPrograms, nodeName } from './programs.ts';
import type { ProgramContext } from './programs.ts';
import { writeState } from './run-folder.ts';
import type { ClusterState, ProgramName, ProgramRecord } from './run-folder.ts';

interface Progress {
  readonly step: (what: string) => void;
  readonly signal: AbortSignal | undefined;
}

/** Starts the programs of a cluster, each as soon as what it needs is there, and waits until a pod could be injected and run. */
export async function startPrograms(
  state: ClusterState,
  context: ProgramContext,
  { step, signal }: Progress,
): Promise<ClusterState> {
  const { folder, ports, network } = context;
  const programs = clusterPrograms(context);
  let current = state;
  let recorded: Promise<void> = Promise.resolve();
  const start = async (name: ProgramName): Promise<ProgramRecord> => {
    signal?.throwIfAborted();
    const record = await launch(programs[name], folder, context.components.containerd);
    current = { ...current, programs: [...current.programs, record] };
    const snapshot = current;
    recorded = recorded.then(() => writeState(folder, snapshot));
    await recorded;
    return record;
  };
  using client = new KubeClient(await readAccess(folder, `https://127.0.0.1:${ports.apiserver}`));
  const stop = new AbortController();
  const both = signal ? AbortSignal.any([signal, stop.signal]) : stop.signal;

  const images = async (): Promise<void> => {
    const registry = await start('registry');
    await waitReady(registry, folder, () => answers(network.gateway, ports.registry, '/v2/'), both);
    await pushImages(context, both);
    step('images pushed');
  };
  const runtime = async (): Promise<void> => {
    const containerd = await start('containerd');
    await waitReady(containerd, folder, () => accepts(join(folder.data, 'containerd.sock')), both);
  };
  const api = async (): Promise<void> => {
    await start('etcd');
    const apiserver = await start('kube-apiserver');
    await waitReady(apiserver, folder, async () => (await client.request('GET', '/readyz')) === 'ok', both);
    step('API server ready');
    await start('kube-controller-manager');
    await start('kube-scheduler');
  };
  const node = async (runtimeReady: Promise<void>, apiReady: Promise<void>): Promise<void> => {
    await Promise.all([runtimeReady, apiReady]);
    const kubelet = await start('kubelet');
    await waitReady(kubelet, folder, () => nodeReady(client), both);
    step('node ready');
  };
  const mesh = async (apiReady: Promise<void>): Promise<void> => {
    await apiReady;
    await applyMesh(client, context, both);
    step('Istio objects applied');
    const istiod = await start('istiod');
    await waitReady(istiod, folder, () => answers('127.0.0.1', ports.istiodHttp, '/ready'), both);
    await until(() => webhooksReady(client), { what: "istiod's webhooks", timeoutMs: 60_000, signal: both });
    step('istiod ready');
  };
  // So that the first pod does not wait for it.
  const pull = async (imagesPushed: Promise<void>, runtimeReady: Promise<void>): Promise<void> => {
    await Promise.all([imagesPushed, runtimeReady]);
    await pullImages(context, both);
    step('images pulled');
  };

  const imagesPushed = images();
  const runtimeReady = runtime();
  const apiReady = api();
  const lanes = [node(runtimeReady, apiReady), mesh(apiReady), pull(imagesPushed, runtimeReady)];
  try {
    await Promise.all(lanes);
  } catch (error) {
    stop.abort(error);
    await Promise.allSettled([...lanes, imagesPushed, runtimeReady, apiReady]);
    throw error;
  }
  await recorded;
  const up: ClusterState = { ...current, phase: 'up' };
  await writeState(folder, up);
  return up;
}

async function pushImages(
  { components, network, ports }: ProgramContext,
  signal: AbortSignal,
): Promise<void> {
  const registry = `${network.gateway}:${ports.registry}`;
  const { tag } = clusterImages(registry);
  const pause = { layers: [components.pauseLayer], entrypoint: ['/pause'] };
  const proxy = {
    layers: [components.debianLayer, components.proxyLayer],
    entrypoint: ['/usr/local/bin/pilot-agent'],
  };
  await Promise.all([
    pushImage(registry, 'testbed/pause', tag, pause, signal),
    pushImage(registry, 'testbed/proxyv2', tag, proxy, signal),
  ]);
}

async function pullImages(
  { components, folder, network, ports }: ProgramContext,
  signal: AbortSignal,
): Promise<void> {
  const { pause, proxy } = clusterImages(`${network.gateway}:${ports.registry}`);
  const ctr = ['--address', join(folder.data, 'containerd.sock'), '--namespace', 'k8s.io', 'images', 'pull'];
  for (const image of [pause, proxy]) {
    await run(
      join(components.containerd, 'ctr'),
      [...ctr, '--hosts-dir', join(folder.data, 'certs.d'), image],
      {
        signal,
      },
    );
  }
}

async function applyMesh(client: KubeClient, context: ProgramContext, signal: AbortSignal): Promise<void> {
  const { components, network, ports } = context;
  const { hub, tag } = clusterImages(`${network.gateway}:${ports.registry}`);
  const webhookUrl = `https://localhost:${ports.istiodWebhook}`;
  const manifest = await readFile(join(components.istio, 'manifest.yaml'), 'utf8');
  const objects = meshObjects(manifest, { hub, tag, istiod: istiodAddress(ports), webhookUrl });
  const early = (object: KubeObject): boolean => object.kind === 'Namespace';
  for (const object of objects.filter(early)) await client.apply(object, signal);
  await Promise.all(objects.filter((object) => !early(object)).map((object) => client.apply(object, signal)));
}

async function nodeReady(client: KubeClient): Promise<boolean> {
  const node = (await client.request('GET', `/api/v1/nodes/${nodeName}`)) as {
    readonly status: { readonly conditions?: readonly { readonly type: string; readonly status: string }[] };
    readonly spec: { readonly taints?: readonly unknown[] };
  };
  const ready = node.status.conditions?.some((one) => one.type === 'Ready' && one.status === 'True') ?? false;
  return ready && (node.spec.taints ?? []).length === 0;
}

/** True when istiod has put its certificate into every webhook, and has seen its own validation work. */
async function webhooksReady(client: KubeClient): Promise<true | undefined> {
  const base = '/apis/admissionregistration.k8s.io/v1';
  for (const kind of ['mutatingwebhookconfigurations', 'validatingwebhookconfigurations']) {
    const list = (await client.request('GET', `${base}/${kind}`)) as {
      readonly items: readonly {
        readonly webhooks?: readonly {
          readonly failurePolicy: string;
          readonly clientConfig: { readonly caBundle?: string };
        }[];
      }[];
    };
    for (const webhook of list.items.flatMap((item) => item.webhooks ?? [])) {
      if (webhook.clientConfig.caBundle === undefined || webhook.failurePolicy !== 'Fail') return undefined;
    }
  }
  return true;
}

async function answers(host: string, port: number, path: string): Promise<boolean> {
  return (await httpGet(host, port, path, { timeoutMs: 2000 })).status === 200;
}

async function accepts(socketPath: string): Promise<boolean> {
  await access(socketPath);
  const socket = connect(socketPath);
  try {
    await once(socket, 'connect');
    return true;
  } finally {
    socket.destroy();
  }
}
