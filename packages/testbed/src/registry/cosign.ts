import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { WasmcastError } from '@wasmcast/core';
import { goBuild } from '../cache/go.ts';
import { ensureArtefact } from '../cache/store.ts';
import { stderrSink } from '../events.ts';
import { packagePath } from '../paths.ts';

const program = 'github.com/sigstore/cosign/v3';

/** The path of a real cosign; built when it is first asked for, which takes ten minutes on two cores. */
export async function cosignProgram(): Promise<string> {
  const module = packagePath('go', 'cosign');
  const text = await readFile(join(module, 'go.mod'), 'utf8');
  const version = new RegExp(`^require ${program} (\\S+)$`, 'm').exec(text)?.[1];
  if (version === undefined) throw new WasmcastError('WC-BED-015', 'go/cosign/go.mod names no version');
  const sums = await readFile(join(module, 'go.sum'));
  const folder = await ensureArtefact(
    {
      component: 'cosign',
      version,
      fingerprint: createHash('sha256').update(text).update(sums).digest('hex').slice(0, 8),
      build: (into, context) => goBuild(module, `${into}/`, '-s -w', [`${program}/cmd/cosign`], context),
    },
    { emit: stderrSink },
  );
  return join(folder, 'cosign');
}
