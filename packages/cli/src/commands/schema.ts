import { manifestJsonSchema } from '@wasmcast/core';
import type { Context } from '../context.ts';

/** `wasmcast schema`: the JSON Schema of `wasmcast.yaml`. */
export function schema(context: Context): void {
  context.stdout.write(`${JSON.stringify(manifestJsonSchema(), undefined, 2)}\n`);
}
