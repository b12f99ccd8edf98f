import { z } from 'zod';
import type { JsonObject } from '../../json.ts';
import { driftSchema } from './drift-schema.ts';
import { labelName, line, objectName } from './words.ts';

/** Which keys of a mapping exclude each other; one of them is needed. */
export const moduleKinds = ['file', 'source', 'image'] as const;

const path = (): z.ZodString =>
  line(4096, 'a path').describe('Path, relative to the folder of the manifest file.');

const module = z
  .strictObject({
    file: path()
      .optional()
      .describe('A compiled module (.wasm); path relative to the folder of the manifest file.'),
    source: path()
      .optional()
      .describe('A filter project that is compiled first; path relative to the folder of the manifest file.'),
    image: line(1024, 'an image reference')
      .optional()
      .describe('A module in a registry: registry/repository:tag, registry/repository@sha256:… or both.'),
    pullSecret: objectName()
      .optional()
      .describe(
        "Name of a kubernetes.io/dockerconfigjson Secret in the workload's namespace, with which the proxy pulls the image.",
      ),
  })
  .meta({
    description: 'Where the module comes from: exactly one of file, source and image.',
    oneOf: moduleKinds.map((kind) => ({ required: [kind] })),
    dependencies: { pullSecret: ['image'] },
  });

const vm = z.strictObject({
  id: line(200, 'an id')
    .optional()
    .describe(
      "First part of the VM's id; filters of one id and module share a VM. Default: the filter's name.",
    ),
  allowPrecompiled: z
    .boolean()
    .default(false)
    .describe('Lets the proxy use machine code that the module brings along.'),
  env: z
    .record(z.string(), z.string())
    .default({})
    .describe(
      'Environment variables of the VM. Readable by everybody who may read the object that carries them.',
    ),
});

/** A `config`, as filters and declared tests have it. */
export const configSchema = z
  .custom<JsonObject | string>(
    (value) =>
      typeof value === 'string' || (typeof value === 'object' && value !== null && !Array.isArray(value)),
    'a configuration is a mapping, or a text that is passed on as it is; leave the key out for none',
  )
  .meta({
    type: ['object', 'string'],
    description:
      'What the filter reads in on_configure: a mapping (passed on as JSON) or a text. No secrets: it is readable in the cluster.',
  });

/** An entry of `filters`. */
export const filterSchema = z
  .strictObject({
    name: labelName(63).describe('Name of the filter, unique in the fleet.'),
    module,
    rootId: z
      .string()
      .max(256, 'use at most 256 characters')
      .default('')
      .describe('Which of the contexts that the module registers is started.'),
    vm: vm.prefault({}).describe('The VM that the module runs in.'),
    config: configSchema.optional(),
    onFailure: z
      .enum(['closed', 'open', 'reload'])
      .default('closed')
      .describe(
        'What the proxy does with requests when the VM is dead: refuse them (closed), skip the filter (open), or start the VM again (reload).',
      ),
    drift: driftSchema.optional(),
  })
  .describe('A filter: a module, its configuration, and how it fails.');

/** An entry of `filters` as it is after reading, defaults filled in. */
export type FilterEntry = z.output<typeof filterSchema>;
