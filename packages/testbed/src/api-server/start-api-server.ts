import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { goRecipe } from '../cache/go.ts';
import { ensureArtefact } from '../cache/store.ts';
import { auditPolicy } from '../cluster/config-files.ts';
import { createPki, readAccess, writeKubeconfig } from '../cluster/credentials.ts';
import { meshDefinitions } from '../cluster/mesh-objects.ts';
import { controlPlanePrograms } from '../cluster/programs.ts';
import type { Program } from '../cluster/programs.ts';
import { stderrSink } from '../events.ts';
import { KubeClient } from '../kube-client.ts';
import type { KubeAccess } from '../kube-client.ts';
import { LoggedProcess } from '../process/logged-process.ts';
import { freePorts } from '../process/ports.ts';
import { until } from '../process/wait.ts';

/** A real API server without a node: etcd, kube-apiserver, the controllers, and Istio's definitions. */
export interface RunningApiServer extends AsyncDisposable {
  /** The path of the administrator's kubeconfig. */
  readonly kubeconfig: string;
  readonly access: KubeAccess;
  /** One JSON event per line. */
  readonly auditLog: string;
  /** A small client as the administrator; dispose of it. */
  client(): KubeClient;
}

// Nothing is routed here: the address stands in the server's certificate, and services get theirs from the subnet.
const network = { gateway: '127.0.0.1', serviceSubnet: '198.19.0.0/24', apiService: '198.19.0.1' };

// What workloads and the deletion of things need; at the usual 20 requests a second it would be what a test waits for.
const controllers = [
  '--controllers=deployment-controller,replicaset-controller,statefulset-controller,daemonset-controller,namespace-controller,garbage-collector-controller',
  '--kube-api-qps=1000',
  '--kube-api-burst=2000',
];

const serverArgs = [
  // Its own address is a loopback one, which it could not publish as that of a service.
  '--endpoint-reconciler-type=none',
  // No controller makes service accounts here, without which it would take no pod.
  '--disable-admission-plugins=ServiceAccount',
];

/**
 * Starts an API server of its own for a test, in seconds. Workloads get their ReplicaSets and pods, but there is no node
 * on which pods would run, no scheduler, no istiod and no webhook. Ends with the test.
 */
export async function startApiServer(): Promise<RunningApiServer> {
  const context = { emit: stderrSink };
  const kubernetes = await ensureArtefact(await goRecipe('kubernetes'), context);
  const etcd = await ensureArtefact(await goRecipe('etcd'), context);
  const istio = await ensureArtefact(await goRecipe('istio'), context);
  await using stack = new AsyncDisposableStack();
  const data = await mkdtemp(join(tmpdir(), 'testbed-api-'));
  stack.defer(() => rm(data, { recursive: true, force: true }));
  const folder = {
    data,
    pki: join(data, 'pki'),
    kubeconfig: join(data, 'kubeconfig'),
    auditLog: join(data, 'audit.jsonl'),
  };
  await mkdir(folder.pki);
  await writeFile(join(data, 'audit-policy.yaml'), stringify(auditPolicy));
  const [etcdPort = 0, etcdPeer = 0, apiserver = 0] = await freePorts(3);
  const ports = { etcd: etcdPort, etcdPeer, apiserver };
  const pki = await createPki(folder, network);
  const access = await readAccess(folder, `https://127.0.0.1:${apiserver}`);
  await writeKubeconfig(folder.kubeconfig, 'api-only', 'admin', access);

  const programs = controlPlanePrograms({ components: { kubernetes, etcd }, folder, network, ports, pki });
  const start = ({ name, command, args }: Program, more: readonly string[] = []): LoggedProcess =>
    stack.use(new LoggedProcess(name, command, [...args, ...more]));
  start(programs.etcd);
  const server = start(programs['kube-apiserver'], serverArgs);
  using client = new KubeClient(access);
  let ended: string | undefined;
  void server.ended.then((how) => (ended = how));
  await until(
    async () => {
      if (ended !== undefined) throw server.failure(`ended with ${ended}`);
      return (await client.request('GET', '/readyz')) === 'ok' ? true : undefined;
    },
    { what: 'kube-apiserver to be ready', timeoutMs: 90_000 },
  );
  start(programs['kube-controller-manager'], controllers);
  const definitions = meshDefinitions(await readFile(join(istio, 'manifest.yaml'), 'utf8'));
  for (const object of definitions) {
    // oxlint-disable-next-line no-await-in-loop -- a namespace before what is in it
    await client.apply(object);
  }
  await until(() => served(client), { what: "Istio's kinds to be served", timeoutMs: 30_000 });

  const kept = stack.move();
  return {
    kubeconfig: folder.kubeconfig,
    access,
    auditLog: folder.auditLog,
    client: () => new KubeClient(access),
    [Symbol.asyncDispose]: () => kept.disposeAsync(),
  };
}

async function served(client: KubeClient): Promise<true> {
  for (const path of [
    'networking.istio.io/v1alpha3/envoyfilters',
    'extensions.istio.io/v1alpha1/wasmplugins',
    'extensions.istio.io/v1alpha1/trafficextensions',
  ]) {
    // oxlint-disable-next-line no-await-in-loop
    await client.request('GET', `/apis/${path}`);
  }
  return true;
}
