import { readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import { type Diagnostic, type FilterSpec, WasmcastError, assertNever, parseSha256 } from '@wasmcast/core';
import type { Loading } from '@wasmcast/engine';
import type { Context } from '../context.ts';
import type { View } from '../views/view.ts';
import type { LoadedModule } from './filter-source.ts';
import { sdkFolders } from './sdk-folders.ts';

/** Istio's agent refuses more than this; nothing larger is read. */
const maxBytes = 256 * 1024 * 1024;

/** The bytes of a filter's module: compiled, read, or pulled and pinned. */
export async function loadModule(
  filter: FilterSpec,
  context: Context,
  view: View,
  signal: AbortSignal,
): Promise<Loading<LoadedModule>> {
  const folder = path.dirname(filter.declaredIn);
  switch (filter.module.kind) {
    case 'file':
      return await readModuleFile(path.resolve(folder, filter.module.path), filter.module.path);
    case 'source':
      return await compile(path.resolve(folder, filter.module.path), filter, view, signal);
    case 'image':
      return await view.waiting(
        `pulling ${filter.module.reference}`,
        pull(filter.module.reference, filter.module.pullSecret, context, signal),
      );
    default:
      return assertNever(filter.module);
  }
}

async function readModuleFile(full: string, shown: string): Promise<Loading<LoadedModule>> {
  const info = await stat(full).catch(() => undefined);
  if (info === undefined || !info.isFile()) {
    return refused(
      'WC-MOD-100',
      `there is no module ${shown}`,
      'build it first (wasmcast build), or name the folder of its source with `source`',
    );
  }
  if (info.size > maxBytes)
    return refused(
      'WC-MOD-101',
      `${shown} is larger than 256 MiB`,
      "no delivery takes it: Istio's agent stops there too",
    );
  return { kind: 'ok', value: { bytes: await readFile(full) } };
}

async function compile(
  root: string,
  filter: FilterSpec,
  view: View,
  signal: AbortSignal,
): Promise<Loading<LoadedModule>> {
  const info = await stat(root).catch(() => undefined);
  if (info === undefined || !info.isDirectory())
    return refused('WC-MOD-102', `there is no filter project ${root}`, 'wasmcast init NAME makes one');
  const { buildFilter } = await import('@wasmcast/wasm');
  const result = await view.during(
    'build',
    `building ${filter.name}`,
    { filter: filter.name },
    buildFilter({ root, mode: 'release', resolveFrom: sdkFolders() }, signal),
  );
  if (result.kind === 'failed') return { kind: 'refused', diagnostics: result.diagnostics };
  return { kind: 'ok', value: { bytes: result.wasm } };
}

/** A tag is resolved once, here; from now on only the digest of the image's manifest is used. */
async function pull(
  reference: string,
  pullSecret: string | undefined,
  context: Context,
  signal: AbortSignal,
): Promise<Loading<LoadedModule>> {
  const { pullModule, resolveImage } = await import('@wasmcast/oci');
  const { registryOptions } = await import('./registry-options.ts');
  const options = { ...registryOptions(context), signal };
  try {
    const resolved = await resolveImage(reference, options);
    const pulled = await pullModule(resolved.reference, options);
    const digest = parseSha256(pulled.imageDigest);
    if (digest === undefined) throw new TypeError(`not a digest: ${pulled.imageDigest}`);
    const image = { reference: resolved.reference, digest, ...(pullSecret !== undefined && { pullSecret }) };
    return { kind: 'ok', value: { bytes: pulled.wasm, image } };
  } catch (error) {
    if (!(error instanceof WasmcastError)) throw error;
    const fault: Diagnostic = {
      severity: 'error',
      code: error.code,
      summary: error.message,
      exit: error.exit,
      ...(error.help !== undefined && { help: error.help }),
    };
    return { kind: 'refused', diagnostics: [fault] };
  }
}

function refused(code: string, summary: string, help: string): Loading<never> {
  return { kind: 'refused', diagnostics: [{ severity: 'error', code, summary, help }] };
}
