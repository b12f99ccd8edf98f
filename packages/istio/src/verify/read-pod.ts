import type { Chain, FilterVerdict, InstanceId, InstanceVerdict, Sha256, VerdictKind } from '@wasmcast/core';
import { isStatus } from '../api/api-error.ts';
import type { KubeClient } from '../api/client.ts';
import type { ContainerStatus, PodObject } from '../api/objects.ts';
import { hasProxy } from '../compile/workload-faults.ts';
import { mountsLabel } from '../names.ts';
import { type AdminReader, isForbidden, openAdmin, proxyContainer } from './admin.ts';
import { judgeCrashes, readTraps } from './crashes.ts';
import { readEcds, readListeners } from './dump.ts';
import { judge } from './judge.ts';
import { hasOtherVms, usesOf } from './module-uses.ts';
import type { ModuleBytes } from './module-bytes.ts';
import type { ProxyVersions } from './proxy-versions.ts';
import { judgeRefusals, readRefusals } from './refused-config.ts';
import { recentLog } from './recent-log.ts';
import { readServerInfo, type ServerInfo } from './server-info.ts';
import { judgeStall, readStall, stallPage, wasLate } from './stall.ts';

/** Bytes of one page of an admin interface. A sidecar of a large mesh has listeners of some ten MiB. */
export const maxPageBytes = 64 * 1024 * 1024;
/** Milliseconds for all pages of one pod. */
export const readMs = 15_000;
/** Pods that are read at a time: each is a tunnel through the API server and a kubelet. */
export const podsAtATime = 16;

/** What the readings of one target share. */
export interface Known {
  readonly modules: ModuleBytes;
  readonly versions: ProxyVersions;
}

/** Reads one pod's sidecar and judges what it shows. Throws only when the signal is aborted. */
export async function readPod(
  client: KubeClient,
  known: Known,
  fleet: string,
  instance: InstanceId,
  pod: PodObject,
  chains: readonly Chain[],
  signal: AbortSignal,
): Promise<InstanceVerdict> {
  const all = (verdict: VerdictKind, evidence: string): InstanceVerdict => ({
    instance,
    filters: sameForAll(fleet, pod, chains, verdict, evidence),
  });
  const state = stateOf(pod);
  if (state !== undefined) return all(...state);
  const { namespace } = instance.workload;
  const isReady = proxyStatus(pod)?.ready === true;
  const deadline = AbortSignal.any([signal, AbortSignal.timeout(readMs)]);
  try {
    const place = { namespace, name: instance.name };
    await using admin = await openAdmin(client, place, maxPageBytes, deadline, isReady);
    const serverInfo = async (): Promise<ServerInfo> =>
      readServerInfo(await admin.get('/server_info', deadline));
    const version = await known.versions.of(proxyStatus(pod)?.imageID, serverInfo);
    const proxyVersion = version === undefined ? {} : { proxyVersion: version };
    if (admin.state === 'PRE_INITIALIZING' || admin.state === 'INITIALIZING') {
      return { ...all('pending', `Envoy is ${admin.state.toLowerCase()}`), ...proxyVersion };
    }
    const listeners = readListeners(
      await adminPage(admin, '/config_dump?resource=dynamic_listeners', deadline),
    );
    const ecds = readEcds(await adminPage(admin, '/config_dump?resource=ecds_filters', deadline));
    const falseModules = await falseModulesOf(known.modules, fleet, namespace, chains, deadline);
    const mounts = pod.spec ?? {};
    const { workload } = instance;
    const reading = { fleet, workload, listeners, ecds, mounts, falseModules };
    const verdicts = judge(reading, chains);
    if (verdicts.length === 0) return { ...all('pending', 'it was not replaced yet'), ...proxyVersion };
    const uses = usesOf(reading, chains);
    const isDone =
      verdicts.some((v) => v.verdict === 'live') && verdicts.every((v) => v.verdict !== 'pending');
    // A discovered configuration may be older than the listener that it is in, and was refused when it came.
    const since = Math.min(...uses.map((use) => Math.min(use.since, use.resource?.since ?? use.since)));
    const [log, stall] = isDone
      ? await Promise.all([recentLog(client, place, since, deadline), stallOf(admin, serverInfo, deadline)])
      : ['', undefined];
    const taken = judgeRefusals(verdicts, uses, readRefusals(log));
    const crashes = judgeCrashes(taken, uses, hasOtherVms(reading, chains), readTraps(log));
    const filters = judgeStall(crashes, stall);
    return { instance, ...proxyVersion, filters };
  } catch (error) {
    signal.throwIfAborted();
    if (isForbidden(error)) return all('not-permitted', messageOf(error));
    if (isStatus(error, 404)) return all('pending', 'the pod is gone');
    // Envoy's admin port opens some time after its container began to run.
    if (proxyStatus(pod)?.ready !== true)
      return all('pending', `its sidecar is not ready: ${messageOf(error)}`);
    const late = deadline.aborted ? `no answer in ${readMs / 1000} s` : messageOf(error);
    return all('unreachable', late);
  }
}

async function stallOf(
  admin: AdminReader,
  serverInfo: () => Promise<ServerInfo>,
  signal: AbortSignal,
): Promise<string | undefined> {
  const stats = await admin.get(stallPage, signal);
  return wasLate(stats) ? readStall(stats, (await serverInfo()).uptime) : undefined;
}

/** Envoy's words, with status 404, for a dump without such a section; by exec only the words arrive. */
const noSection = 'not found in config dump';

/** A section that Envoy does not have has nothing in it: a proxy without discovered filters has none of those. */
export async function adminPage(admin: AdminReader, path: string, signal: AbortSignal): Promise<string> {
  try {
    const body = await admin.get(path, signal);
    return body.length < 200 && body.includes(noSection) ? '{}' : body;
  } catch (error) {
    if (messageOf(error).includes(noSection)) return '{}';
    throw error;
  }
}

/** What a pod is, as long as there is no proxy to ask. */
export function stateOf(pod: PodObject): readonly [VerdictKind, string] | undefined {
  if (pod.metadata.deletionTimestamp !== undefined) return ['pending', 'it is terminating'];
  if (!hasProxy(pod)) return ['no-sidecar', 'it has no istio-proxy container'];
  const proxy = proxyStatus(pod);
  if (proxy?.state?.running !== undefined) return undefined;
  return ['pending', waitingReason(pod, proxy)];
}

function proxyStatus(pod: PodObject): ContainerStatus | undefined {
  const { containerStatuses = [], initContainerStatuses = [] } = pod.status ?? {};
  return [...containerStatuses, ...initContainerStatuses].find((status) => status.name === proxyContainer);
}

function waitingReason(pod: PodObject, proxy: ContainerStatus | undefined): string {
  const waiting = proxy?.state?.waiting;
  const reason = waiting?.reason ?? proxy?.state?.terminated?.reason ?? pod.status?.phase ?? 'Pending';
  const unscheduled = pod.status?.conditions?.find((c) => c.type === 'PodScheduled' && c.status !== 'True');
  const message = waiting?.message ?? unscheduled?.message;
  return message === undefined
    ? `its sidecar is ${reason}`
    : `its sidecar is ${reason}: ${message.slice(0, 300)}`;
}

/**
 * The same verdict for every wanted filter. A pod that has our modules mounted is not done with while it is there, even
 * when nothing is wanted of it any more.
 */
function sameForAll(
  fleet: string,
  pod: PodObject,
  chains: readonly Chain[],
  verdict: VerdictKind,
  evidence: string,
): readonly FilterVerdict[] {
  const wanted = chains.flatMap(({ direction, filters }) =>
    filters.map((filter): FilterVerdict => ({ filter: filter.name, direction, verdict, evidence })),
  );
  const [chain] = chains;
  if (wanted.length > 0 || chain === undefined) return wanted;
  if (pod.metadata.labels?.[mountsLabel(fleet)] === undefined) return [];
  return [
    { filter: '*', direction: chain.direction, verdict, evidence: `${evidence}, with modules mounted` },
  ];
}

async function falseModulesOf(
  modules: ModuleBytes,
  fleet: string,
  namespace: string,
  chains: readonly Chain[],
  signal: AbortSignal,
): Promise<ReadonlyMap<Sha256, string>> {
  const digests = new Set(
    chains
      .flatMap((chain) => chain.filters)
      .filter((filter) => filter.delivery === 'configmap')
      .map((filter) => filter.moduleDigest),
  );
  const faults = new Map<Sha256, string>();
  await Promise.all(
    [...digests].map(async (digest) => {
      const fault = await modules.fault(fleet, namespace, digest, signal);
      if (fault !== undefined) faults.set(digest, fault);
    }),
  );
  return faults;
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
