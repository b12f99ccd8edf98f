import { type Lock, type LockedFilter, lockedFilter } from './lock.ts';

/** How a filter's entry changes. */
export type LockChange =
  | { readonly kind: 'added' | 'removed'; readonly filter: string; readonly entry: LockedFilter }
  | {
      readonly kind: 'changed';
      readonly filter: string;
      readonly before: LockedFilter;
      readonly after: LockedFilter;
      /** Imports that the module has begun to need: an older proxy may lack them. */
      readonly importsAdded: readonly string[];
      readonly importsRemoved: readonly string[];
    };

/** What moves when one lock takes the place of another; filters in the order of their names. */
export function diffLocks(before: Lock | undefined, after: Lock): readonly LockChange[] {
  const names = new Set([...Object.keys(before?.filters ?? {}), ...Object.keys(after.filters)]);
  return [...names].toSorted().flatMap((filter): LockChange[] => {
    const was = before && lockedFilter(before, filter);
    const is = lockedFilter(after, filter);
    if (was === undefined) return is === undefined ? [] : [{ kind: 'added', filter, entry: is }];
    if (is === undefined) return [{ kind: 'removed', filter, entry: was }];
    if (sameEntry(was, is)) return [];
    const importsAdded = is.imports.filter((name) => !was.imports.includes(name));
    const importsRemoved = was.imports.filter((name) => !is.imports.includes(name));
    return [{ kind: 'changed', filter, before: was, after: is, importsAdded, importsRemoved }];
  });
}

function sameEntry(a: LockedFilter, b: LockedFilter): boolean {
  const text = ({ module, size, image, abi, sdk, toolchain, imports }: LockedFilter): string =>
    JSON.stringify([
      module,
      size,
      image?.reference,
      image?.digest,
      image?.index,
      abi,
      sdk,
      toolchain,
      imports.toSorted(),
    ]);
  return text(a) === text(b);
}
