import { createHash } from 'node:crypto';
import { type ObservedWorkload, type Selector, selects } from '@wasmcast/core';
import { ownedBy } from '../compile/owned.ts';
import { readFragment } from '../fragments.ts';
import type { Native, NativeWorkload } from '../native.ts';
import { releaseOfWorkload } from '../versions/workload-release.ts';
import { installedChains } from './installed.ts';
import { restartNote } from './restart-note.ts';

/** A workload as planning sees it. */
export function observedWorkload(workload: NativeWorkload, native: Native): ObservedWorkload {
  const { id, object, pods } = workload;
  const note = restartNote(id.kind, object);
  const agent = releaseOfWorkload(workload, native).proxy;
  return {
    id,
    labels: object.spec?.template?.metadata?.labels ?? {},
    instances: pods.map((pod) => ({ workload: id, name: pod.metadata.name, uid: pod.metadata.uid ?? '' })),
    chains: installedChains(workload, native),
    version: versionOf(workload, native),
    ...(note !== undefined && { restartNote: note }),
    ...(agent !== undefined && { agent }),
  };
}

/**
 * Changes with the workload's spec and with every object of ours that serves it; not with its status, and not with the
 * number of its replicas, which an autoscaler changes all day (and `generation` with it).
 */
function versionOf(workload: NativeWorkload, native: Native): string {
  const { metadata, spec = {} } = workload.object;
  const { replicas: _any, ...lasting } = spec;
  const objects = ownedBy(native.owned, workload.id)
    .map(
      (o) => `${o.owned.kind.kind} ${o.owned.object.metadata.uid} ${o.owned.object.metadata.resourceVersion}`,
    )
    .toSorted();
  return (
    createHash('sha256')
      // The API server writes the fields of an object in one order, whoever wrote them.
      .update(JSON.stringify([metadata.uid ?? '', lasting, objects]))
      .digest('hex')
      .slice(0, 16)
  );
}

/** Selected by a binding (of those that select in its namespace), or with something of the fleet on it. */
export function isConcerned(
  workload: NativeWorkload,
  native: Native,
  selectors: readonly Selector[] = [],
): boolean {
  const labels = workload.object.spec?.template?.metadata?.labels ?? {};
  if (selectors.some((selector) => selects(selector, workload.id, labels))) return true;
  if (ownedBy(native.owned, workload.id).length > 0) return true;
  const fragment = readFragment(native.fleet, workload.object);
  return typeof fragment !== 'string' && Object.values(fragment).some((part) => part !== null);
}
