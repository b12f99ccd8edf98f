import type { SourceSpan } from '../../diagnostic.ts';
import type { JsonValue } from '../../json.ts';
import type { Range, SourceText } from './source-text.ts';

/** A value of a manifest together with where it stands. */
export interface Located {
  readonly source: SourceText;
  readonly range: Range;
  /** Where its key stands, when it is a member of a mapping. */
  readonly keyRange?: Range;
  readonly value: JsonValue;
  /** Members, when it is a mapping. */
  readonly members?: ReadonlyMap<string, Located>;
  /** Items, when it is a list. */
  readonly items?: readonly Located[];
  /** The text of a scalar without quotes. */
  readonly plain?: string;
  /** True when a fault of this very value has been reported already. */
  readonly faulty?: boolean;
  /** Number of values it consists of, aliases unfolded. */
  readonly size: number;
}

/** The place to point at for a value: itself, or its key when it begins on a line below it (or is empty). */
export function spanOf(node: Located): SourceSpan {
  return node.source.span(rangeOf(node));
}

/** See {@link spanOf}. */
export function rangeOf(node: Located): Range {
  const { source, range, keyRange } = node;
  if (keyRange === undefined) return range;
  const empty = range[0] >= range[1];
  const below = node.members !== undefined || node.items !== undefined;
  return empty || (below && source.line(range[0]) !== source.line(keyRange[0])) ? keyRange : range;
}

/** The value at a path, or undefined where the path leaves the tree. */
export function at(node: Located | undefined, ...path: readonly (string | number)[]): Located | undefined {
  let current = node;
  for (const key of path) {
    if (current === undefined) return undefined;
    current = typeof key === 'number' ? current.items?.[key] : current.members?.get(key);
  }
  return current;
}

/** The value at a path or, where the path leaves the tree, the last one on the way. */
export function nearestAt(node: Located, path: readonly (string | number)[]): Located {
  let current = node;
  for (const key of path) {
    const next = at(current, key);
    if (next === undefined) return current;
    current = next;
  }
  return current;
}

/** The string at a path, or undefined for anything else. */
export function textAt(node: Located | undefined, ...path: readonly (string | number)[]): string | undefined {
  const value = at(node, ...path)?.value;
  return typeof value === 'string' ? value : undefined;
}

/** The items of the list at a path; none for anything else. */
export function itemsAt(
  node: Located | undefined,
  ...path: readonly (string | number)[]
): readonly Located[] {
  return at(node, ...path)?.items ?? [];
}

/** The members of the mapping at a path; none for anything else. */
export function membersAt(
  node: Located | undefined,
  ...path: readonly (string | number)[]
): readonly (readonly [string, Located])[] {
  return [...(at(node, ...path)?.members ?? [])];
}
