import { z } from 'zod';
import { line, repository } from './words.ts';

/** Which keys of a rule exclude each other; one of them is needed. */
export const signatureKinds = ['keys', 'unsigned'] as const;

/** An entry of `signatures`. */
export const signatureSchema = z
  .strictObject({
    repository: z
      .union([z.literal('*'), repository()])
      .describe(
        'Which images: registry/path is that repository and those below it, `*` all. The longest one that fits counts.',
      ),
    keys: z
      .array(line(4096, 'a path').describe('A public key, PEM.'))
      .min(1, 'name at least one key')
      .max(16, 'name at most 16 keys')
      .optional()
      .describe(
        'Files of public keys, relative to the folder of the manifest file: one of them must have signed the image.',
      ),
    unsigned: z
      .literal(true, 'write `true`, or leave it out')
      .optional()
      .describe('Takes images that nobody has signed.'),
  })
  .meta({
    description: 'Who must have signed the images of some repositories: exactly one of keys and unsigned.',
    oneOf: signatureKinds.map((kind) => ({ required: [kind] })),
  });

/** An entry of `signatures` as it is after reading. */
export type SignatureEntry = z.output<typeof signatureSchema>;
