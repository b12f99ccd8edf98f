import { setTimeout as delay } from 'node:timers/promises';
import { type JsonValue, WasmcastError } from '@wasmcast/core';
import type { KubeClient } from '../api/client.ts';
import { kinds } from '../api/kinds.ts';
import type { PodObject } from '../api/objects.ts';
import { codes } from '../compile/fault.ts';
import { type ObjectPrecondition, objectState } from '../compile/steps.ts';
import { mountsAnnotation, mountsLabel } from '../names.ts';
import { hasEnded } from '../observe/pods.ts';
import type { Place } from './place.ts';

/** How pods use an object: by a label, and by what they mount. */
export type Use = NonNullable<ObjectPrecondition['unused']>;

/** How long is waited, in milliseconds. */
export interface Patience {
  /** At the longest: as long as a workload may take to go back. */
  readonly maxMs: number;
  /** What a kubelet may take beyond a pod's grace period, and the garbage collector to find the pods that have to go. */
  readonly slackMs: number;
}

const usual: Patience = { maxMs: 600_000, slackMs: 30_000 };
const maxPauseMs = 1000;

/** How pods use the object of a fragment; undefined if none can. */
export function useOf(at: Place, fragment: JsonValue): Use | undefined {
  const label = mountsLabel(at.fleet);
  if (at.kind === kinds.ConfigMap) return { label, configMap: at.name };
  const value = objectState(fragment)?.metadata.annotations[mountsAnnotation];
  return at.kind === kinds.EnvoyFilter && value !== undefined ? { label, value } : undefined;
}

/**
 * Waits until no pod uses an object: what a pod runs stays until it is gone, also while it terminates and still answers.
 * That is for as long as terminating pods may take; with `isRolling`, as long as a workload may take to replace its pods.
 * Throws `WC-IST-027`.
 */
export async function untilUnused(
  client: KubeClient,
  at: Place,
  use: Use,
  isRolling: boolean,
  signal: AbortSignal,
  { maxMs, slackMs }: Patience = usual,
): Promise<void> {
  const start = performance.now();
  for (let pauseMs = 50; ; pauseMs = Math.min(pauseMs * 2, maxPauseMs)) {
    const pods = await usersOf(client, at, use, signal);
    if (pods.length === 0) return;
    const patienceMs = isRolling ? maxMs : Math.min(maxMs, graceMs(pods) + slackMs);
    if (performance.now() - start >= patienceMs) throw stillUsed(at, pods);
    await delay(pauseMs, undefined, { signal });
  }
}

async function usersOf(
  client: KubeClient,
  at: Place,
  use: Use,
  signal: AbortSignal,
): Promise<readonly PodObject[]> {
  const labelSelector = use.value === undefined ? use.label : `${use.label}=${use.value}`;
  const pods = await client.list<PodObject>(kinds.Pod, { namespace: at.namespace, labelSelector }, signal);
  return pods.items.filter(
    (pod) => !hasEnded(pod) && (use.configMap === undefined || mounts(pod, use.configMap)),
  );
}

function mounts(pod: PodObject, configMap: string): boolean {
  return (pod.spec?.volumes ?? []).some((volume) =>
    (volume.projected?.sources ?? []).some((source) => source.configMap?.name === configMap),
  );
}

/** How long pods that are deleted have to end by themselves; 0 for pods that stay. */
function graceMs(pods: readonly PodObject[]): number {
  return 1000 * Math.max(...pods.map(({ metadata }) => metadata.deletionGracePeriodSeconds ?? 0));
}

function stillUsed(at: Place, pods: readonly PodObject[]): WasmcastError {
  return new WasmcastError(
    codes.stillUsed,
    `${at.kind.kind} ${at.namespace}/${at.name} is still used by ${pods.length} pods, ${pods[0]?.metadata.name} among them`,
    { help: 'apply again when they are gone' },
  );
}
