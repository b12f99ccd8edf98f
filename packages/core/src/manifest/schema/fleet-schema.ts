import { z } from 'zod';
import { durationPattern, parseDuration } from '../duration.ts';
import { bindingSchema } from './binding-schema.ts';
import { filterSchema } from './filter-schema.ts';
import { targetSchema } from './target-schema.ts';
import { labelName } from './words.ts';

/** The version of the manifest's shape that this reader knows. */
export const apiVersion = 'wasmcast.dev/v1alpha1';

/** The one kind of document. */
export const kind = 'Fleet';

const timeoutHelp = 'write hours, minutes and seconds like `10m`, `90s` or `1h30m`, from 1s to 24h';

/** How a rollout proceeds. */
export const rolloutSchema = z
  .strictObject({
    timeout: z
      .string()
      .refine(isTimeout, timeoutHelp)
      .meta({ pattern: durationPattern })
      .default('10m')
      .describe(
        'How long the instances have, after the last write, to show what is expected of them: 10m, 90s, 1h30m.',
      ),
  })
  .describe('How a rollout proceeds. May stand once in a manifest.');

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
  })
  .describe('A fleet: a batch of filters for the proxies of a service mesh, where they go, and how.');

/** A document as it is after reading, defaults filled in. */
export type FleetDocument = z.output<typeof fleetSchema>;

function isTimeout(text: string): boolean {
  const ms = parseDuration(text);
  return ms !== undefined && ms >= 1000 && ms <= 24 * 3_600_000;
}
