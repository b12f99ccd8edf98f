import type { KubeClient } from '../api/client.ts';
import { kinds } from '../api/kinds.ts';
import type { KubeObject, PodObject, WorkloadObject } from '../api/objects.ts';
import { hasProxy } from '../compile/workload-faults.ts';
import { type MeshVersion, rootNamespace } from '../native.ts';
import { openAdmin } from '../verify/admin.ts';
import { readServerInfo } from '../verify/server-info.ts';
import { oldest, type Release, releaseOf, releaseOfEnvoy, releaseOfImage } from '../versions/release.ts';

const maxInfoBytes = 4 * 1024 * 1024;
const readMs = 5000;

/**
 * Which Istio stands behind a revision, or behind a tag that points to one. Its istiod may run anywhere, so several places
 * are asked: the label of the revision's injector configuration (from 1.24), the image of its istiod, what one of its
 * sidecars says of itself, and the sidecar's Envoy. Never throws for a place that cannot be read: unknown is an answer.
 */
export async function readMeshVersion(
  client: KubeClient,
  revision: string,
  pods: readonly PodObject[],
  signal: AbortSignal,
): Promise<MeshVersion> {
  const [control, proxy] = await Promise.all([
    controlPlaneVersion(client, revision, signal),
    proxyVersion(client, pods, signal),
  ]);
  const seen = { envoy: proxy?.envoy, ...(proxy?.istio !== undefined && { proxy: proxy.istio }) };
  const said = control ?? proxy?.istio;
  if (said !== undefined) return { istio: said, ...seen };
  return { istio: releaseOfEnvoy(proxy?.envoy), ...seen, isGuess: true };
}

async function controlPlaneVersion(
  client: KubeClient,
  revision: string,
  signal: AbortSignal,
): Promise<Release | undefined> {
  const said = await versionOfRevision(client, revision, signal);
  if (said !== undefined) return said;
  // `istioctl tag set` leaves the tag's revision on a webhook of its own.
  const name = `istio-revision-tag-${revision}`;
  const webhook = await quietly(
    client.get<KubeObject>(kinds.MutatingWebhookConfiguration, undefined, name, signal),
    signal,
  );
  const tagged = webhook?.metadata.labels?.['istio.io/rev'];
  return tagged === undefined || tagged === revision
    ? undefined
    : await versionOfRevision(client, tagged, signal);
}

async function versionOfRevision(
  client: KubeClient,
  revision: string,
  signal: AbortSignal,
): Promise<Release | undefined> {
  const suffix = revision === 'default' ? '' : `-${revision}`;
  const injector = await quietly(
    client.get<KubeObject>(kinds.ConfigMap, rootNamespace, `istio-sidecar-injector${suffix}`, signal),
    signal,
  );
  const label = releaseOf(injector?.metadata.labels?.['app.kubernetes.io/version']);
  if (label !== undefined) return label;
  const istiod = await quietly(
    client.get<WorkloadObject>(kinds.Deployment, rootNamespace, `istiod${suffix}`, signal),
    signal,
  );
  const images = istiod?.spec?.template?.spec?.containers?.map((container) => container.image) ?? [];
  return oldest(images.map(releaseOfImage));
}

/** What cannot be read is undefined; only an abort is told. */
async function quietly<T>(read: Promise<T>, signal: AbortSignal): Promise<T | undefined> {
  try {
    return await read;
  } catch {
    signal.throwIfAborted();
    return undefined;
  }
}

async function proxyVersion(
  client: KubeClient,
  pods: readonly PodObject[],
  signal: AbortSignal,
): Promise<MeshVersion | undefined> {
  const pod = pods.find(
    (p) => p.status?.phase === 'Running' && p.metadata.deletionTimestamp === undefined && hasProxy(p),
  );
  if (pod === undefined) return undefined;
  const deadline = AbortSignal.any([signal, AbortSignal.timeout(readMs)]);
  try {
    const place = { namespace: pod.metadata.namespace ?? '', name: pod.metadata.name };
    await using admin = await openAdmin(client, place, maxInfoBytes, deadline);
    const info = readServerInfo(await admin.get('/server_info', deadline));
    return { istio: releaseOf(info.istio), envoy: info.envoy };
  } catch {
    signal.throwIfAborted();
    return undefined;
  }
}
