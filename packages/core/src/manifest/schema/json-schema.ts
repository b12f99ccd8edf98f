import { z } from 'zod';
import type { JsonObject } from '../../json.ts';
import type { Shape } from './check-shape.ts';
import { fleetSchema } from './fleet-schema.ts';
import { KnownKeys } from './known-keys.ts';

/**
 * The JSON Schema (draft 7, which editors' YAML modes know) of a document of `wasmcast.yaml`. It says what the reader
 * says about shapes; references between the parts are checked by the reader alone.
 */
export function manifestJsonSchema(): JsonObject {
  const schema = z.toJSONSchema(fleetSchema, {
    target: 'draft-7',
    io: 'input',
    // `config` is anything that YAML can say: its shape stands in its metadata.
    unrepresentable: 'any',
  });
  return { title: 'wasmcast.yaml', ...(schema as unknown as JsonObject) };
}

/** What a document of `wasmcast.yaml` looks like. */
export const fleetShape: Shape = { schema: fleetSchema, keys: new KnownKeys(manifestJsonSchema) };
