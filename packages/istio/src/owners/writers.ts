import type { JsonObject, Writer } from '@wasmcast/core';
import type { ManagedFields, Meta } from '../api/objects.ts';
import { managedBy } from '../names.ts';

/** A path in an object: `['metadata', 'annotations', 'wasmcast.dev/mounts']`. */
export type FieldPath = readonly string[];

/** Whoever wrote anything of the object last; who only reports a status does not count. */
export function lastWriter(meta: Meta): Writer | undefined {
  return newest(entries(meta));
}

/** Whoever wrote one of these fields last, or anything below or right above them. */
export function lastWriterOf(meta: Meta, paths: readonly FieldPath[]): Writer | undefined {
  return newest(entries(meta).filter(({ fieldsV1 }) => paths.some((path) => owns(fieldsV1, path))));
}

function entries({ managedFields = [] }: Meta): readonly ManagedFields[] {
  return managedFields.filter((entry) => entry.subresource !== 'status');
}

function newest(list: readonly ManagedFields[]): Writer | undefined {
  const [last] = list.toSorted((a, b) => (b.time ?? '').localeCompare(a.time ?? ''));
  if (last?.manager === undefined) return undefined;
  return { manager: last.manager, ...(last.time !== undefined && { at: last.time }) };
}

/** True if an entry of managedFields covers a path: it names the field itself, or a whole that the field is a part of. */
export function owns(fields: ManagedFields['fieldsV1'], path: FieldPath): boolean {
  let at = typeof fields === 'string' ? (JSON.parse(fields) as JsonObject) : fields;
  for (const part of path) {
    const next = at?.[`f:${part}`];
    if (next === undefined) return false;
    at = next as JsonObject;
    // `{}`: this field as a whole, with all that is in it.
    if (Object.keys(at).length === 0) return true;
  }
  return at !== undefined;
}

/** Whoever but us wrote one of these fields last. */
export function foreignWriterOf(meta: Meta | undefined, paths: readonly FieldPath[]): Writer | undefined {
  if (meta === undefined) return undefined;
  const others = (meta.managedFields ?? []).filter(({ manager }) => manager?.split('/')[0] !== managedBy);
  return lastWriterOf({ ...meta, managedFields: others }, paths);
}
