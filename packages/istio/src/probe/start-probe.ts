import { setTimeout as delay } from 'node:timers/promises';
import { type JsonObject, WasmcastError } from '@wasmcast/core';
import { isStatus } from '../api/api-error.ts';
import type { KubeClient } from '../api/client.ts';
import { type Kind, kinds } from '../api/kinds.ts';
import type { KubeObject, PodObject } from '../api/objects.ts';
import { codes } from '../compile/fault.ts';
import { probeLabel } from '../names.ts';
import type { ProbeObjects } from './design-probe.ts';

/** How long an older probe of the same name may take to go, in milliseconds. */
const goneMs = 30_000;
const pauseMs = 200;

type Created = JsonObject & {
  readonly metadata: {
    readonly name: string;
    readonly namespace: string;
    readonly labels?: JsonObject;
  };
};

/** A probe's objects in the cluster. */
export interface StartedObjects {
  readonly pod: PodObject;
  readonly filters: readonly { readonly kind: Kind; readonly object: KubeObject }[];
}

/**
 * Creates the pod, then its filters, which belong to it: Kubernetes collects them when it goes, whatever becomes of us. A
 * sidecar asks for its listeners seconds later, so it starts with them.
 */
export async function startProbe(
  client: KubeClient,
  objects: ProbeObjects,
  signal: AbortSignal,
): Promise<StartedObjects> {
  const pod = (await replace(client, kinds.Pod, objects.pod, signal)) as PodObject;
  const { name, uid = '' } = pod.metadata;
  const ownerReferences = [{ apiVersion: kinds.Pod.apiVersion, kind: kinds.Pod.kind, name, uid }];
  try {
    const filters = await Promise.all(
      objects.filters.map(async (filter) => {
        const kind = kinds[filter.kind as keyof typeof kinds];
        const owned = { ...filter, metadata: { ...filter.metadata, ownerReferences } };
        return { kind, object: await replace(client, kind, owned, signal) };
      }),
    );
    return { pod, filters };
  } catch (error) {
    await removeProbe(client, { pod, filters: [] });
    throw error;
  }
}

/** Deletes what was started. Never throws: what stays ends by its deadline, and the next plan finds it. */
export async function removeProbe(client: KubeClient, { pod, filters }: StartedObjects): Promise<void> {
  const all = [{ kind: kinds.Pod, object: pod as KubeObject }, ...filters];
  // Not with the rollout's signal: who interrupts it wants nothing left behind all the more.
  const signal = AbortSignal.timeout(goneMs);
  await Promise.all(
    all.map(({ kind, object }) => remove(client, kind, object, signal).catch(() => undefined)),
  );
}

/** Creates an object; one of an earlier probe that stands in its place goes first. */
async function replace(
  client: KubeClient,
  kind: Kind,
  object: Created,
  signal: AbortSignal,
): Promise<KubeObject> {
  const { namespace, name, labels } = object.metadata;
  const deadline = performance.now() + goneMs;
  for (;;) {
    try {
      return await client.create(kind, namespace, object, signal);
    } catch (error) {
      // A webhook that does not answer keeps pods from being made, and not the API server from being reached.
      if (isStatus(error, 500) && error.message.includes('webhook'))
        throw new WasmcastError(error.code, error.message, { cause: error });
      if (!isStatus(error, 409) || performance.now() >= deadline) throw error;
    }
    const standing = await client.get(kind, namespace, name, signal);
    if (standing !== undefined && standing.metadata.labels?.[probeLabel] !== labels?.[probeLabel]) {
      throw new WasmcastError(codes.notOurs, `${kind.kind} ${namespace}/${name} exists, and it is no probe`);
    }
    if (standing !== undefined && standing.metadata.deletionTimestamp === undefined)
      await remove(client, kind, standing, signal);
    await delay(pauseMs, undefined, { signal });
  }
}

async function remove(
  client: KubeClient,
  kind: Kind,
  { metadata }: KubeObject,
  signal: AbortSignal,
): Promise<void> {
  const { namespace = '', name, uid } = metadata;
  await client.delete(kind, namespace, name, uid === undefined ? {} : { uid }, signal);
}
