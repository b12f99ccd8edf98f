import { casesJsonSchema, manifestJsonSchema } from '@wasmcast/core';
import type { View } from '../views/view.ts';

/** What there is a schema of. */
export const schemas = { fleet: manifestJsonSchema, tests: casesJsonSchema } as const;

/** `wasmcast schema [WHAT]`: the JSON Schema of `wasmcast.yaml`, or of declared tests (`*.test.yaml`). */
export async function schema(what: keyof typeof schemas, view: View): Promise<void> {
  const value = schemas[what]();
  view.document(`${JSON.stringify(value, undefined, 2)}\n`, value);
}
