import { setTimeout as delay } from 'node:timers/promises';
import { type JsonValue, type Step, WasmcastError } from '@wasmcast/core';
import { isStatus } from '../api/api-error.ts';
import type { KubeClient } from '../api/client.ts';
import { kinds } from '../api/kinds.ts';
import type { PodObject, SpecObject } from '../api/objects.ts';
import { codes } from '../compile/fault.ts';
import { type ObjectFragment, observedFragment, sameFragment } from '../compile/object.ts';
import { type ObjectPrecondition, objectState } from '../compile/steps.ts';
import { mountsAnnotation, mountsLabel } from '../names.ts';
import { assertOurs, moved, type Place } from './place.ts';

/** As long as a workload may take to go back, in milliseconds. */
const undoWaitMs = 600_000;
const undoPollMs = 1000;

/** Deletes one of our objects, if it stands as the plan saw it and nothing uses it. */
export async function deleteObject(
  client: KubeClient,
  at: Place,
  step: Step,
  precondition: ObjectPrecondition,
  signal: AbortSignal,
): Promise<void> {
  if (precondition.unused !== undefined) await assertUnused(client, at, precondition.unused, signal);
  else if (step.precondition === null) await waitUntilUnused(client, at, step.before, signal);
  const { uid, resourceVersion } = precondition;
  if (uid !== undefined || resourceVersion !== undefined) {
    const guard = {
      ...(uid !== undefined && { uid }),
      ...(resourceVersion !== undefined && { resourceVersion }),
    };
    try {
      await client.delete(at.kind, at.namespace, at.name, guard, signal);
      return;
    } catch (error) {
      if (!isStatus(error, 409)) throw error;
    }
  }
  const standing = await client.get<SpecObject>(at.kind, at.namespace, at.name, signal);
  if (standing === undefined) return;
  assertOurs(at, standing);
  if (at.kind !== kinds.ConfigMap) {
    const current = observedFragment(at.kind, standing);
    if (!sameFragment(current, step.before as unknown as ObjectFragment)) {
      throw moved(at, 'somebody else changed it');
    }
  }
  const now = standing.metadata;
  await client.delete(
    at.kind,
    at.namespace,
    at.name,
    {
      ...(now.uid !== undefined && { uid: now.uid }),
      ...(now.resourceVersion !== undefined && { resourceVersion: now.resourceVersion }),
    },
    signal,
  );
}

/**
 * A step that is undone deletes what pods may be using: their template went back just before, and they leave one by one.
 * What they run stays until they are gone.
 */
async function waitUntilUnused(
  client: KubeClient,
  at: Place,
  before: JsonValue,
  signal: AbortSignal,
): Promise<void> {
  const mounts = objectState(before)?.metadata.annotations[mountsAnnotation];
  const label = mountsLabel(at.fleet);
  const unused =
    at.kind === kinds.EnvoyFilter && mounts !== undefined
      ? { label, value: mounts }
      : at.kind === kinds.ConfigMap
        ? { label, configMap: at.name }
        : undefined;
  if (unused === undefined) return;
  const end = performance.now() + undoWaitMs;
  for (;;) {
    try {
      await assertUnused(client, at, unused, signal);
      return;
    } catch (error) {
      const used = error instanceof WasmcastError && error.code === codes.stillUsed;
      if (!used || performance.now() > end) throw error;
    }
    await delay(undoPollMs, undefined, { signal });
  }
}

async function assertUnused(
  client: KubeClient,
  at: Place,
  unused: NonNullable<ObjectPrecondition['unused']>,
  signal: AbortSignal,
): Promise<void> {
  const labelSelector = unused.value === undefined ? unused.label : `${unused.label}=${unused.value}`;
  const pods = await client.list<PodObject>(kinds.Pod, { namespace: at.namespace, labelSelector }, signal);
  const using = pods.items.filter(
    (pod) =>
      !['Succeeded', 'Failed'].includes(pod.status?.phase ?? '') &&
      (unused.configMap === undefined ||
        (pod.spec?.volumes ?? []).some((volume) =>
          (volume.projected?.sources ?? []).some((source) => source.configMap?.name === unused.configMap),
        )),
  );
  const [first] = using;
  if (first === undefined) return;
  throw new WasmcastError(
    codes.stillUsed,
    `${at.kind.kind} ${at.namespace}/${at.name} is still used by ${using.length} pods, ${first.metadata.name} among them`,
    { help: 'apply again when they are gone' },
  );
}
