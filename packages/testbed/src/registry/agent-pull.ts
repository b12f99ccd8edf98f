import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { WasmcastError } from '@wasmcast/core';
import { goBuild } from '../cache/go.ts';
import { ensureArtefact } from '../cache/store.ts';
import type { Recipe } from '../cache/store.ts';
import { stderrSink } from '../events.ts';
import { packagePath } from '../paths.ts';
import { run } from '../process/run.ts';
import { versions } from '../versions.ts';

/** What the agent made of an image: the module that a proxy would get, or why it gets a placeholder. Digests as 64 hex digits. */
export type AgentPull =
  | {
      readonly kind: 'taken';
      readonly imageDigest: string;
      readonly moduleDigest: string;
      readonly size: number;
    }
  | { readonly kind: 'refused'; readonly error: string };

/** Lets the code of Istio's agent (`pkg/wasm` of the pinned version) pull images, `registry/repository:tag` each. */
export async function agentPull(references: readonly string[]): Promise<readonly AgentPull[]> {
  const folder = await ensureArtefact(await recipe(), { emit: stderrSink });
  const input = references.map((reference) => `oci://${reference}\n`).join('');
  const output = await run(join(folder, 'agent-pull'), [], { input, timeoutMs: 120_000 });
  const lines = output.split('\n').filter((line) => line.startsWith('RESULT '));
  if (lines.length !== references.length)
    throw new WasmcastError(
      'WC-BED-014',
      `the agent answered ${lines.length} of ${references.length} images`,
    );
  return lines.map((line) => {
    const { image, module, size, error } = JSON.parse(line.slice('RESULT '.length)) as {
      readonly image?: string;
      readonly module?: string;
      readonly size?: number;
      readonly error?: string;
    };
    return image === undefined || module === undefined || size === undefined
      ? { kind: 'refused', error: error ?? 'no reason' }
      : { kind: 'taken', imageDigest: image, moduleDigest: module, size };
  });
}

/** Built in the module of Istio itself, so that it is the same code by the same checksums as the mesh that tests run in. */
async function recipe(): Promise<Recipe> {
  const folder = packagePath('go', 'istio');
  const source = await readFile(join(folder, 'agent-pull', 'main.go'));
  return {
    component: 'agent-pull',
    version: versions.istio,
    fingerprint: createHash('sha256').update(source).digest('hex').slice(0, 8),
    build: (into, context) => goBuild(folder, join(into, 'agent-pull'), '-s -w', ['./agent-pull'], context),
  };
}
