import { manifestJsonSchema } from '@wasmcast/core';
import type { View } from '../views/view.ts';

/** `wasmcast schema`: the JSON Schema of `wasmcast.yaml`. */
export async function schema(view: View): Promise<void> {
  const value = manifestJsonSchema();
  view.document(`${JSON.stringify(value, undefined, 2)}\n`, value);
}
