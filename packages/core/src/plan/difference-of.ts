import { jsonEquals, type JsonValue } from '../json.ts';
import type { Difference } from '../model/drift.ts';
import type { Step } from '../model/step.ts';

/** A step as the difference that it mends. */
export function differenceOf({ id, before, after, changedBy }: Step): Difference {
  const kind = before === null ? 'missing' : after === null ? 'extra' : 'edited';
  return {
    kind,
    object: id.slice(id.indexOf(' ') + 1),
    fields: kind === 'edited' ? changedFields(before, after) : [],
    ...(changedBy && { by: changedBy }),
  };
}

function changedFields(before: JsonValue, after: JsonValue): readonly string[] {
  const [old, wanted] = [fieldsOf(before), fieldsOf(after)];
  const names = new Set([...Object.keys(old), ...Object.keys(wanted)]);
  return [...names].filter((name) => !jsonEquals(old[name] ?? null, wanted[name] ?? null));
}

function fieldsOf(value: JsonValue): Readonly<Record<string, JsonValue>> {
  return typeof value === 'object' && value !== null ? (value as Readonly<Record<string, JsonValue>>) : {};
}
