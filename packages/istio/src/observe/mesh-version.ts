import type { KubeClient } from '../api/client.ts';
import { kinds } from '../api/kinds.ts';
import type { KubeObject, PodObject } from '../api/objects.ts';
import { hasProxy } from '../compile/workload-faults.ts';
import { type MeshVersion, rootNamespace } from '../native.ts';
import { openAdmin } from '../verify/admin.ts';
import { readServerInfo } from '../verify/server-info.ts';

const maxInfoBytes = 4 * 1024 * 1024;
const readMs = 5000;

/**
 * Which Istio stands behind a revision. Its istiod may run anywhere, so several places are asked: the label of the
 * revision's injector configuration, what one of its sidecars says of itself, and the sidecar's Envoy (Istio 1.N has
 * Envoy 1.N+8). Never throws for a place that cannot be read: unknown is an answer.
 */
export async function readMeshVersion(
  client: KubeClient,
  revision: string,
  pods: readonly PodObject[],
  signal: AbortSignal,
): Promise<MeshVersion> {
  const [label, proxy] = await Promise.all([
    injectorVersion(client, revision, signal),
    proxyVersion(client, pods, signal),
  ]);
  const said = label ?? proxy?.istio;
  if (said !== undefined) return { istio: said, envoy: proxy?.envoy };
  return { istio: istioOfEnvoy(proxy?.envoy), envoy: proxy?.envoy, isGuess: true };
}

async function injectorVersion(
  client: KubeClient,
  revision: string,
  signal: AbortSignal,
): Promise<string | undefined> {
  const name = `istio-sidecar-injector${revision === 'default' ? '' : `-${revision}`}`;
  try {
    const object = await client.get<KubeObject>(kinds.ConfigMap, rootNamespace, name, signal);
    return releaseOf(object?.metadata.labels?.['app.kubernetes.io/version']);
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

/** `1.31` out of `1.31.0-rc.1`; charts and programs that were built from source say 1.0.0 or unknown. */
function releaseOf(version: string | undefined): string | undefined {
  const [, major, minor] = /^v?(\d+)\.(\d+)/.exec(version ?? '') ?? [];
  if (major === undefined || minor === undefined || (major === '1' && Number(minor) < 5)) return undefined;
  return `${major}.${minor}`;
}

function istioOfEnvoy(envoy: string | undefined): string | undefined {
  const [, minor] = /^1\.(\d+)/.exec(envoy ?? '') ?? [];
  return minor === undefined || Number(minor) < 20 ? undefined : `1.${Number(minor) - 8}`;
}
