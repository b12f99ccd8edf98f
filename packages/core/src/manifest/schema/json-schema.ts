import { z } from 'zod';
import type { JsonObject } from '../../json.ts';
import { fleetSchema } from './fleet-schema.ts';

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
