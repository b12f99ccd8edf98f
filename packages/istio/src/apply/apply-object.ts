import { setTimeout as delay } from 'node:timers/promises';
import { jsonEquals, type JsonValue, type Step, WasmcastError } from '@wasmcast/core';
import { isStatus } from '../api/api-error.ts';
import type { KubeClient, PatchOp } from '../api/client.ts';
import { type Kind, kinds } from '../api/kinds.ts';
import type { ConfigMapObject, PodObject, SpecObject } from '../api/objects.ts';
import { codes } from '../compile/fault.ts';
import { type ObjectFragment, observedFragment, sameFragment } from '../compile/object.ts';
import { type ObjectPrecondition, objectState } from '../compile/steps.ts';
import { digestAnnotation, fleetLabel, mountsAnnotation, mountsLabel } from '../names.ts';

const maxTries = 5;
/** As long as a workload may take to go back, in milliseconds. */
const undoWaitMs = 600_000;
const undoPollMs = 1000;

/** Creates, changes or deletes one of our objects; does nothing if it already stands as the step wants it. */
export async function applyObject(client: KubeClient, step: Step, signal: AbortSignal): Promise<void> {
  const state = objectState(step.after ?? step.before);
  if (state === undefined) throw new TypeError(`step ${step.id} has no object`);
  const kind = kinds[state.kind as keyof typeof kinds];
  const { namespace, name } = state.metadata;
  const at: Place = { kind, namespace, name, fleet: state.metadata.labels[fleetLabel] ?? '' };
  const precondition = (step.precondition ?? {}) as unknown as ObjectPrecondition;
  if (step.after === null) await remove(client, at, step, precondition, signal);
  else if (step.before === null) await create(client, at, step.after, signal);
  else await update(client, at, step, precondition, signal);
}

interface Place {
  readonly kind: Kind;
  readonly namespace: string;
  readonly name: string;
  readonly fleet: string;
}

async function create(client: KubeClient, at: Place, after: JsonValue, signal: AbortSignal): Promise<void> {
  if (at.kind === kinds.ConfigMap && (after as { binaryData?: unknown }).binaryData === undefined) {
    throw new WasmcastError(
      codes.noBytesInPlan,
      `ConfigMap ${at.namespace}/${at.name} was deleted, and its module is not in the plan`,
      {
        help: 'plan again from the manifest that has the module',
      },
    );
  }
  for (let attempt = 0; attempt < maxTries; attempt++) {
    try {
      await client.create(at.kind, at.namespace, after, signal);
      return;
    } catch (error) {
      if (isStatus(error, 404)) throw noNamespace(at, error);
      if (!isStatus(error, 409)) throw error;
    }
    const standing = await client.get<SpecObject & ConfigMapObject>(at.kind, at.namespace, at.name, signal);
    // Deleted between the two requests: try again.
    if (standing === undefined) continue;
    assertOurs(at, standing);
    if (isAsWanted(at, standing, after)) return;
    throw moved(at, 'it exists already, with another content');
  }
  throw moved(at, 'it cannot be created, as if it existed, and it does not');
}

/** True if `standing` shows what we would write. A module's ConfigMap is compared by its digest and by its bytes. */
function isAsWanted(at: Place, standing: SpecObject & ConfigMapObject, after: JsonValue): boolean {
  if (at.kind !== kinds.ConfigMap) {
    return sameFragment(observedFragment(at.kind, standing), after as unknown as ObjectFragment);
  }
  const wanted = after as unknown as ConfigMapObject;
  return (
    standing.immutable === true &&
    standing.metadata.annotations?.[digestAnnotation] === wanted.metadata.annotations?.[digestAnnotation] &&
    jsonEquals({ ...standing.binaryData }, { ...wanted.binaryData })
  );
}

async function update(
  client: KubeClient,
  at: Place,
  step: Step,
  precondition: ObjectPrecondition,
  signal: AbortSignal,
): Promise<void> {
  const before = step.before as unknown as ObjectFragment;
  const after = step.after as unknown as ObjectFragment;
  let version = precondition.resourceVersion;
  for (let attempt = 0; attempt < maxTries; attempt++) {
    if (version !== undefined) {
      try {
        await client.patch(at.kind, at.namespace, at.name, updatePatch(before, after, version), signal);
        return;
      } catch (error) {
        // 422 is a test that failed, or a spec that is refused: which of them shows in what stands there.
        if (!isStatus(error, 404, 409, 422)) throw error;
        const now = await client.get<SpecObject>(at.kind, at.namespace, at.name, signal);
        if (now !== undefined && now.metadata.resourceVersion === version) throw error;
      }
    }
    const standing = await client.get<SpecObject>(at.kind, at.namespace, at.name, signal);
    if (standing === undefined) throw moved(at, 'it is gone');
    assertOurs(at, standing);
    const current = observedFragment(at.kind, standing);
    if (sameFragment(current, after)) return;
    if (!sameFragment(current, before)) throw moved(at, 'somebody else changed it');
    version = standing.metadata.resourceVersion;
  }
  throw moved(at, 'somebody keeps changing it');
}

/** From what the plan saw of ours to what it wants. The test of the version lets nothing else stand there. */
function updatePatch(
  before: ObjectFragment,
  after: ObjectFragment,
  resourceVersion: string,
): readonly PatchOp[] {
  const entries = (name: 'labels' | 'annotations'): readonly PatchOp[] => {
    const path = (key: string): string =>
      `/metadata/${name}/${key.replaceAll('~', '~0').replaceAll('/', '~1')}`;
    const wanted = after.metadata[name];
    return [
      ...Object.keys(before.metadata[name])
        .filter((key) => !Object.hasOwn(wanted, key))
        .map((key): PatchOp => ({ op: 'remove', path: path(key) })),
      ...Object.entries(wanted).map(([key, value]): PatchOp => ({ op: 'add', path: path(key), value })),
    ];
  };
  return [
    { op: 'test', path: '/metadata/resourceVersion', value: resourceVersion },
    ...entries('labels'),
    ...entries('annotations'),
    { op: 'replace', path: '/spec', value: after.spec },
  ];
}

async function remove(
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

function assertOurs(at: Place, standing: SpecObject): void {
  if (standing.metadata.labels?.[fleetLabel] === at.fleet) return;
  throw new WasmcastError(
    codes.notOurs,
    `${at.kind.kind} ${at.namespace}/${at.name} exists, and it does not belong to fleet ${at.fleet}`,
    { help: `delete or rename it, or label it ${fleetLabel}=${at.fleet} if it is the fleet's` },
  );
}

function moved(at: Place, what: string): WasmcastError {
  return new WasmcastError(codes.worldMoved, `${at.kind.kind} ${at.namespace}/${at.name}: ${what}`, {
    help: 'make a new plan',
  });
}

function noNamespace(at: Place, cause: unknown): WasmcastError {
  return new WasmcastError(
    codes.noNamespace,
    `${at.kind.kind} ${at.namespace}/${at.name} cannot be created: ${cause instanceof Error ? cause.message : ''}`,
    { help: `is there a namespace ${at.namespace}, and the kind ${at.kind.kind}?`, cause },
  );
}
