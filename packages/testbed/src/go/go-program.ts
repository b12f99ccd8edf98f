import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { WasmcastError } from '@wasmcast/core';
import { goBuild } from '../cache/go.ts';
import { ensureArtefact } from '../cache/store.ts';
import { stderrSink } from '../events.ts';
import { packagePath } from '../paths.ts';

/** Programs of others that tests and benchmarks compare with or lean on; each has a folder of its name in `go/`. */
const programs = {
  cosign: { module: 'github.com/sigstore/cosign/v3', command: 'cmd/cosign' },
  crane: { module: 'github.com/google/go-containerregistry', command: 'cmd/crane' },
  helm: { module: 'helm.sh/helm/v3', command: 'cmd/helm' },
  kwok: { module: 'sigs.k8s.io/kwok', command: 'cmd/kwok' },
  oras: { module: 'oras.land/oras', command: 'cmd/oras' },
} as const;

/** The path of the program, and its version as `go/<name>/go.mod` asks for it. */
export interface GoProgram {
  readonly path: string;
  readonly version: string;
}

/** One of these programs; built when it is first asked for, which takes half a minute (crane) to ten (cosign) on two cores. */
export async function goProgram(name: keyof typeof programs): Promise<GoProgram> {
  const { module, command } = programs[name];
  const folder = packagePath('go', name);
  const text = await readFile(join(folder, 'go.mod'), 'utf8');
  const version = new RegExp(`^require ${module} (\\S+)$`, 'm').exec(text)?.[1];
  if (version === undefined) throw new WasmcastError('WC-BED-015', `go/${name}/go.mod names no version`);
  const sums = await readFile(join(folder, 'go.sum'));
  const built = await ensureArtefact(
    {
      component: name,
      version,
      fingerprint: createHash('sha256').update(text).update(sums).digest('hex').slice(0, 8),
      build: (into, context) => goBuild(folder, `${into}/`, '-s -w', [`${module}/${command}`], context),
    },
    { emit: stderrSink },
  );
  return { path: join(built, name), version };
}
