import type { Diagnostic } from '../diagnostic.ts';
import { type Sha256, shortDigest } from '../digest.ts';
import type { FilterSpec } from '../model/fleet.ts';
import { type Lock, lockedDigest, lockedFilter } from './lock.ts';

/** A filter as it was found now. */
export interface FoundFilter {
  readonly spec: FilterSpec;
  readonly module: Sha256;
  /** The image that the module came from, where that need not be the locked one: in a plan that was saved. */
  readonly image?: Sha256;
  /** What the tag in the manifest points to now, an index or an image; undefined: nobody asked, or there is no tag. */
  readonly tag?: Sha256;
}

const update = 'move the lock on purpose: wasmcast update';

/**
 * Holds a filter against the lock. `strict` (`--locked`) refuses whatever the lock does not say; otherwise what is new is
 * a remark. A tag that moved is told and changes nothing: the fleet goes on with what was locked.
 */
export function checkLock(lock: Lock, found: FoundFilter, strict: boolean): readonly Diagnostic[] {
  const { spec, module, tag } = found;
  const entry = lockedFilter(lock, spec.name);
  const subject = `filter ${spec.name}`;
  const remark = (severity: Diagnostic['severity'], code: string, summary: string, help = update) => [
    { severity, code, summary, help, subject },
  ];
  if (entry === undefined)
    return remark(strict ? 'error' : 'warning', 'WC-LKF-002', `filter ${spec.name} is not in wasmcast.lock`);
  if (spec.module.kind === 'image') {
    const pinned = lockedDigest(lock, spec);
    if (pinned === undefined) {
      const before = entry.image?.reference ?? 'no image';
      const summary = `the manifest names ${spec.module.reference}, wasmcast.lock ${before}`;
      return remark(strict ? 'error' : 'warning', 'WC-LKF-003', summary);
    }
    if (found.image !== undefined && found.image !== pinned) {
      const summary = `the plan has sha256:${shortDigest(found.image)}… for filter ${spec.name}, wasmcast.lock sha256:${shortDigest(pinned)}…`;
      return remark(
        'error',
        'WC-LKF-008',
        summary,
        'make a new plan and look at it again: wasmcast plan -o json > plan.json',
      );
    }
    if (module !== entry.module) {
      const summary = `the image of filter ${spec.name} holds module ${shortDigest(module)}, wasmcast.lock says ${shortDigest(entry.module)}`;
      const help =
        'the lock was edited, or the image is not what it was: find out which before anything else';
      return remark('error', 'WC-LKF-004', summary, help);
    }
    if (tag !== undefined && tag !== pinned && tag !== entry.image?.index) {
      const summary = `the tag of ${spec.module.reference} moved to sha256:${shortDigest(tag)}…; the fleet stays with sha256:${shortDigest(pinned)}…`;
      return remark('info', 'WC-LKF-005', summary);
    }
    return [];
  }
  if (module === entry.module) return [];
  const summary = `the module of filter ${spec.name} is ${shortDigest(module)}, wasmcast.lock says ${shortDigest(entry.module)}`;
  return remark(strict ? 'error' : 'info', 'WC-LKF-006', summary);
}
