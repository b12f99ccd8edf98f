import { z } from 'zod';
import { line, repository } from './words.ts';

/** Which keys of a rule exclude each other; one of them is needed. */
export const signatureKinds = ['keys', 'keyless', 'unsigned'] as const;

const identity = z
  .strictObject({
    issuer: line(1024, 'an issuer').describe(
      'Who vouches for the subject: https://token.actions.githubusercontent.com, …',
    ),
    subject: line(1024, 'a subject').describe(
      'The address or the workflow that signs, with its ref; `*` stands for anything.',
    ),
  })
  .describe('Whom a certificate must be for.');

const keyless = z
  .strictObject({
    trustedRoot: line(4096, 'a path').describe(
      'File of a Sigstore trusted root (trusted_root.json), relative to the folder of the manifest file.',
    ),
    identities: z
      .array(identity)
      .min(1, 'name at least one identity')
      .max(16, 'name at most 16 identities')
      .describe('Who may have signed.'),
  })
  .describe('Signatures without keys, as Sigstore makes them; verified without a network.');

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
    keyless: keyless.optional(),
    attestations: z
      .array(line(1024, 'a URI').describe('A type of predicate.'))
      .max(16, 'name at most 16 types')
      .optional()
      .describe(
        'What they must have attested besides: https://slsa.dev/provenance/v1, https://spdx.dev/Document, …',
      ),
    unsigned: z
      .literal(true, 'write `true`, or leave it out')
      .optional()
      .describe('Takes images that nobody has signed.'),
  })
  .meta({
    description:
      'Who must have signed the images of some repositories: exactly one of keys, keyless and unsigned.',
    oneOf: signatureKinds.map((kind) => ({ required: [kind] })),
  });

/** An entry of `signatures` as it is after reading. */
export type SignatureEntry = z.output<typeof signatureSchema>;
