import { jsonEquals, type JsonValue, type Step, WasmcastError } from '@wasmcast/core';
import { isStatus } from '../api/api-error.ts';
import type { KubeClient } from '../api/client.ts';
import { kinds } from '../api/kinds.ts';
import type { ConfigMapObject, Meta, SpecObject } from '../api/objects.ts';
import { codes } from '../compile/fault.ts';
import { type ObjectFragment, observedFragment, sameFragment } from '../compile/object.ts';
import { type ObjectPrecondition, objectState } from '../compile/steps.ts';
import { fleetLabel } from '../names.ts';
import { deleteObject } from './delete-object.ts';
import { updatePatch } from './object-patch.ts';
import { assertOurs, moved, type Place, type StillOurs } from './place.ts';

const maxTries = 5;

/** Creates, changes or deletes one of our objects; does nothing if it already stands as the step wants it. */
export async function applyObject(
  client: KubeClient,
  step: Step,
  stillOurs: StillOurs,
  signal: AbortSignal,
): Promise<void> {
  const state = objectState(step.after ?? step.before);
  if (state === undefined) throw new TypeError(`step ${step.id} has no object`);
  const kind = kinds[state.kind as keyof typeof kinds];
  const { namespace, name } = state.metadata;
  const at: Place = { kind, namespace, name, fleet: state.metadata.labels[fleetLabel] ?? '' };
  const precondition = (step.precondition ?? {}) as unknown as ObjectPrecondition;
  if (step.after === null) await deleteObject(client, at, step, precondition, stillOurs, signal);
  else if (step.before === null) await create(client, at, step.after, stillOurs, signal);
  else await update(client, at, step, precondition, stillOurs, signal);
}

async function create(
  client: KubeClient,
  at: Place,
  after: JsonValue,
  stillOurs: StillOurs,
  signal: AbortSignal,
): Promise<void> {
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
    if (standing === undefined) {
      await stillOurs();
      continue;
    }
    assertOurs(at, standing);
    if (isAsWanted(at, standing, after)) return;
    throw moved(at, 'it exists already, with another content');
  }
  throw moved(at, 'it cannot be created, as if it existed, and it does not');
}

/** True if `standing` shows what we would write. Of a module's ConfigMap the bytes count, which cannot change any more. */
function isAsWanted(at: Place, standing: SpecObject & ConfigMapObject, after: JsonValue): boolean {
  if (at.kind !== kinds.ConfigMap) {
    return sameFragment(observedFragment(at.kind, standing), after as unknown as ObjectFragment);
  }
  const wanted = after as unknown as ConfigMapObject;
  return standing.immutable === true && jsonEquals({ ...standing.binaryData }, { ...wanted.binaryData });
}

async function update(
  client: KubeClient,
  at: Place,
  step: Step,
  precondition: ObjectPrecondition,
  stillOurs: StillOurs,
  signal: AbortSignal,
): Promise<void> {
  const before = step.before as unknown as ObjectFragment;
  const after = step.after as unknown as ObjectFragment;
  const { resourceVersion } = precondition;
  // Where nothing of ours is annotated, only the object itself tells whether there are annotations to add to.
  const isKnown = resourceVersion !== undefined && Object.keys(before.metadata.annotations).length > 0;
  let live: Meta | undefined = isKnown ? { ...before.metadata, resourceVersion } : undefined;
  for (let attempt = 0; attempt < maxTries; attempt++) {
    if (live?.resourceVersion !== undefined) {
      try {
        await client.patch(at.kind, at.namespace, at.name, updatePatch(before, after, live), signal);
        return;
      } catch (error) {
        // 422 is a test that failed, or a spec that is refused: which of them shows in what stands there.
        if (!isStatus(error, 404, 409, 422)) throw error;
        const now = await client.get<SpecObject>(at.kind, at.namespace, at.name, signal);
        if (now !== undefined && now.metadata.resourceVersion === live.resourceVersion) throw error;
      }
    }
    const standing = await client.get<SpecObject>(at.kind, at.namespace, at.name, signal);
    if (standing === undefined) throw moved(at, 'it is gone');
    assertOurs(at, standing);
    const current = observedFragment(at.kind, standing);
    if (sameFragment(current, after)) return;
    if (!sameFragment(current, before)) throw moved(at, 'somebody else changed it');
    await stillOurs();
    live = standing.metadata;
  }
  throw moved(at, 'somebody keeps changing it');
}

function noNamespace(at: Place, cause: unknown): WasmcastError {
  return new WasmcastError(
    codes.noNamespace,
    `${at.kind.kind} ${at.namespace}/${at.name} cannot be created: ${cause instanceof Error ? cause.message : ''}`,
    { help: `is there a namespace ${at.namespace}, and the kind ${at.kind.kind}?`, cause },
  );
}
