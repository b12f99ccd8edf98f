import { z } from 'zod';
import { bindingSchema } from './binding-schema.ts';
import { filterSchema } from './filter-schema.ts';
import { driftSchema } from './drift-schema.ts';
import { rolloutSchema } from './rollout-schema.ts';
import { signatureSchema } from './signature-schema.ts';
import { targetSchema } from './target-schema.ts';
import { labelName } from './words.ts';

/** The version of the manifest's shape that this reader knows. */
export const apiVersion = 'wasmcast.dev/v1alpha1';

/** The one kind of document. */
export const kind = 'Fleet';

/** One document of a manifest. Documents of the same name are one fleet, so every list may be absent in each. */
export const fleetSchema = z
  .strictObject({
    apiVersion: z.literal(apiVersion).describe('Version of the shape of this document.'),
    kind: z.literal(kind).describe('Kind of this document.'),
    metadata: z
      .strictObject({ name: labelName(40).describe('Name of the fleet, unique per target.') })
      .describe('What names the fleet.'),
    filters: z.array(filterSchema).default([]).describe('The filters.'),
    targets: z.array(targetSchema).default([]).describe('Where filters go.'),
    bindings: z.array(bindingSchema).default([]).describe('Which filters go onto which workloads.'),
    rollout: rolloutSchema.optional(),
    drift: driftSchema.optional(),
    signatures: z
      .array(signatureSchema)
      .optional()
      .describe(
        'Who must have signed which images; with such a list, an image that no entry fits is refused.',
      ),
  })
  .describe('A fleet: a batch of filters for the proxies of a service mesh, where they go, and how.');
