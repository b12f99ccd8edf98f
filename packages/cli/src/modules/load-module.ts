import { readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import { type FilterSpec, type Sha256, WasmcastError, assertNever, lockedDigest } from '@wasmcast/core';
import type { Loading } from '@wasmcast/engine';
import type { OciOptions } from '@wasmcast/oci';
import type { Context } from '../context.ts';
import type { OpenLock } from '../fleet/lock-file.ts';
import type { View } from '../views/view.ts';
import { faultOf } from './fault-of.ts';
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
  { lock, strict }: OpenLock,
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
        pull(filter.module, lockedDigest(lock, filter), strict, context, signal),
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

/**
 * A tag is resolved once, here, or was when the lock was written; from now on only the digest of the image's manifest is
 * used. Where the tag of a locked image points now is only asked to be told.
 */
async function pull(
  { reference, pullSecret }: Extract<FilterSpec['module'], { readonly kind: 'image' }>,
  held: Sha256 | undefined,
  strict: boolean,
  context: Context,
  signal: AbortSignal,
): Promise<Loading<LoadedModule>> {
  const { moduleOf, parseReference, pinnedReference, readImage } = await import('@wasmcast/oci');
  const { registryOptions } = await import('./registry-options.ts');
  const options = { ...registryOptions(context), signal };
  try {
    const ref = parseReference(reference);
    const wanted = held === undefined ? reference : pinnedReference(ref, held);
    const asksTag = held !== undefined && !strict && ref.digest === undefined;
    const [read, tag] = await Promise.all([
      readImage(wanted, options),
      asksTag ? tagNow(reference, options) : undefined,
    ]);
    const { wasm, imageDigest: digest } = moduleOf(read);
    const secret = pullSecret === undefined ? {} : { pullSecret };
    const { facts } = read;
    const { indexDigest } = facts;
    return {
      kind: 'ok',
      value: {
        bytes: wasm,
        image: { reference: pinnedReference(ref, digest), digest, ...secret },
        ...(indexDigest !== undefined && { indexDigest }),
        ...(tag !== undefined && { tag }),
        facts: { ...facts, reference: parseReference(pinnedReference(ref, digest)) },
      },
    };
  } catch (error) {
    return { kind: 'refused', diagnostics: [faultOf(error)] };
  }
}

/** Where a tag points now. That it cannot be told is no reason to stop: nothing rests on it. */
async function tagNow(reference: string, options: OciOptions): Promise<Sha256 | undefined> {
  const { tagDigest } = await import('@wasmcast/oci');
  return await tagDigest(reference, options).catch((error: unknown) => {
    if (error instanceof WasmcastError) return undefined;
    throw error;
  });
}

function refused(code: string, summary: string, help: string): Loading<never> {
  return { kind: 'refused', diagnostics: [{ severity: 'error', code, summary, help }] };
}
