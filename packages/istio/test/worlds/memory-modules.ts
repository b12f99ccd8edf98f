import { createHash } from 'node:crypto';
import type { Sha256 } from '@wasmcast/core';
import type { FilterSource, LoadedFilter } from '@wasmcast/engine';

/** Where modules come from that no proxy will ever run: each filter's is as small as one can be, and its own. */
export const memoryModules: FilterSource = {
  load: async (spec) => {
    const bytes = moduleNamed(spec.module.kind === 'image' ? spec.module.reference : spec.module.path);
    const moduleDigest = createHash('sha256').update(bytes).digest('hex') as Sha256;
    const image =
      spec.module.kind === 'image'
        ? { reference: `${spec.module.reference}@sha256:${moduleDigest}`, digest: moduleDigest }
        : undefined;
    const resolved = { spec, moduleDigest, moduleSize: bytes.byteLength, ...(image && { image }) };
    const value: LoadedFilter = { resolved, bytes, warnings: [] };
    return { kind: 'ok', value };
  },
  preflight: async (filters) => filters.map(() => ({ diagnostics: [] })),
};

/** Magic number and version, and a custom section that has nothing but a name. */
function moduleNamed(name: string): Buffer {
  const text = Buffer.from(name.slice(0, 100));
  return Buffer.concat([
    Buffer.from([0, 97, 115, 109, 1, 0, 0, 0]),
    Buffer.from([0, text.byteLength + 1, text.byteLength]),
    text,
  ]);
}
