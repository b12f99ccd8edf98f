import type { Chain, FilterVerdict, InstanceVerdict, ProbeReading } from '@wasmcast/core';
import type { KubeClient } from '../api/client.ts';
import type { ContainerStatus, PodObject } from '../api/objects.ts';
import { hasEnded } from '../observe/pods.ts';
import { proxyContainer } from '../verify/admin.ts';
import { sidecarWords } from './sidecar-words.ts';

/** Reads a pod's sidecar and judges it: `readPod` for the probe. */
export type ReadSidecar = (pod: PodObject, signal: AbortSignal) => Promise<InstanceVerdict>;

/** What a probe shows, and what keeps it from starting. */
export async function readProbe(
  client: KubeClient,
  pod: PodObject,
  chains: readonly Chain[],
  instance: InstanceVerdict['instance'],
  readSidecar: ReadSidecar,
  signal: AbortSignal,
): Promise<ProbeReading> {
  const hindrance = hindranceOf(pod);
  if (hindrance !== undefined) return { verdict: all('pending', hindrance), hindrance };
  const proxy = proxyStatus(pod);
  if ((proxy?.restartCount ?? 0) > 0) {
    const { reason = 'it ended', exitCode } = proxy?.lastState?.terminated ?? {};
    const words = await sidecarWords(client, pod, true, signal);
    const how = `its sidecar was restarted: ${reason}${exitCode === undefined ? '' : `, exit code ${exitCode}`}`;
    return { verdict: all('crashed', withWords(how, words)) };
  }
  const { filters, ...seen } = await readSidecar(pod, signal);
  const isWrong = filters.some((f) => f.verdict !== 'live' && f.verdict !== 'pending');
  const words = isWrong ? await sidecarWords(client, pod, false, signal) : undefined;
  return { verdict: { ...seen, instance, filters: filters.map((f) => explained(f, words)) } };

  function all(verdict: 'pending' | 'crashed', evidence: string): InstanceVerdict {
    const wanted = chains.flatMap(({ direction, filters: list }) =>
      list.map(({ name }): FilterVerdict => ({ filter: name, direction, verdict, evidence })),
    );
    return { instance, filters: wanted };
  }
}

/** Why the sidecar never ran. Whatever happens after it did, may be the filters' doing. */
export function hindranceOf(pod: PodObject): string | undefined {
  const { status, metadata } = pod;
  if (metadata.deletionTimestamp !== undefined) return 'somebody deletes it';
  if (hasEnded(pod)) return `it ended: ${[status?.reason, status?.message].filter(Boolean).join(': ')}`;
  const unscheduled = status?.conditions?.find((c) => c.type === 'PodScheduled' && c.status === 'False');
  if (unscheduled !== undefined) return `it finds no node: ${unscheduled.message ?? 'no reason given'}`;
  const proxy = proxyStatus(pod);
  if (proxy?.state?.running !== undefined || (proxy?.restartCount ?? 0) > 0) return undefined;
  const { containerStatuses = [], initContainerStatuses = [] } = status ?? {};
  for (const { name, state } of [...initContainerStatuses, ...containerStatuses]) {
    const { reason, message } = state?.waiting ?? {};
    if (reason !== undefined && reason !== 'PodInitializing' && reason !== 'ContainerCreating')
      return `its container ${name} is ${reason}${message === undefined ? '' : `: ${message.slice(0, 300)}`}`;
  }
  return 'its sidecar has not started';
}

function proxyStatus(pod: PodObject): ContainerStatus | undefined {
  const { containerStatuses = [], initContainerStatuses = [] } = pod.status ?? {};
  return [...containerStatuses, ...initContainerStatuses].find((status) => status.name === proxyContainer);
}

function explained(verdict: FilterVerdict, words: string | undefined): FilterVerdict {
  if (verdict.verdict === 'live' || verdict.verdict === 'pending') return verdict;
  return { ...verdict, evidence: withWords(verdict.evidence ?? '', words) };
}

function withWords(evidence: string, words: string | undefined): string {
  return words === undefined ? evidence : `${evidence}; its log: ${words}`;
}
