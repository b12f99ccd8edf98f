import type { Step } from '@wasmcast/core';
import { isStatus } from '../api/api-error.ts';
import type { KubeClient } from '../api/client.ts';
import { kinds } from '../api/kinds.ts';
import type { SpecObject } from '../api/objects.ts';
import { type ObjectFragment, observedFragment, sameFragment } from '../compile/object.ts';
import type { ObjectPrecondition } from '../compile/steps.ts';
import { assertOurs, moved, type Place, type StillOurs } from './place.ts';
import { untilUnused, useOf } from './until-unused.ts';

/** Deletes one of our objects, if it stands as the plan saw it and nothing uses it. */
export async function deleteObject(
  client: KubeClient,
  at: Place,
  step: Step,
  precondition: ObjectPrecondition,
  stillOurs: StillOurs,
  signal: AbortSignal,
): Promise<void> {
  // An undone step has no precondition; the template went back just before, and its pods leave one by one.
  const isUndo = step.precondition === null;
  const use = isUndo ? useOf(at, step.before) : precondition.unused;
  if (use !== undefined) {
    await untilUnused(client, at, use, isUndo, signal);
    // That may have taken long.
    await stillOurs();
  }
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
  await stillOurs();
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
