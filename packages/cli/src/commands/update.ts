import {
  type Diagnostic,
  type FilterSpec,
  type Lock,
  type LockedFilter,
  WasmcastError,
  diffLocks,
  hasErrors,
} from '@wasmcast/core';
import type { ModuleFacts } from '@wasmcast/wasm';
import type { Context } from '../context.ts';
import { CommandFailed } from '../failure.ts';
import { exitFor } from '../fleet/end-unplanned.ts';
import { openLock, saveLock, unlocked } from '../fleet/lock-file.ts';
import { type FleetFlags, type OpenManifest, openManifest } from '../fleet/open-fleet.ts';
import type { LoadedModule } from '../modules/filter-source.ts';
import { loadModule } from '../modules/load-module.ts';
import { type SignaturePolicy, signaturePolicy } from '../modules/signature-policy.ts';
import { shownPath } from '../shown-path.ts';
import { lockDiffText } from '../views/lock-text.ts';
import type { View } from '../views/view.ts';

/** Flags of `update`. */
export interface UpdateFlags extends FleetFlags {
  readonly dryRun?: boolean;
}

/**
 * `wasmcast update [FILTER…]`: resolves the tags of all filters, or of those that are named, and writes what they are now
 * to `wasmcast.lock`. Shows what moves; what faults a filter leaves the lock as it was.
 */
export async function update(
  names: readonly string[],
  flags: UpdateFlags,
  context: Context,
  view: View,
): Promise<void> {
  const manifest = await openManifest({ ...flags, locked: false }, context, view);
  const { lock: before } = await openLock(manifest.lock, context);
  const chosen = chooseFilters(names, manifest);
  const policy = signaturePolicy(manifest.fleet.signatures, context);
  const filters: Record<string, LockedFilter> = {};
  const faults: Diagnostic[] = [];
  for (const filter of manifest.fleet.filters) {
    const kept = before?.filters[filter.name];
    if (!chosen.has(filter.name) && kept !== undefined) filters[filter.name] = kept;
    else {
      const found = await lockFilter(filter, policy, context, view);
      faults.push(...found.diagnostics);
      if (found.entry !== undefined) filters[filter.name] = found.entry;
    }
  }
  view.diagnostics(faults);
  if (hasErrors(faults)) throw new CommandFailed(exitFor(faults));
  const lock: Lock = { version: 1, fleet: manifest.fleet.name, filters };
  const changes = diffLocks(before, lock);
  const { file } = manifest.lock;
  if (flags.dryRun !== true && (changes.length > 0 || before === undefined)) await saveLock(file, lock);
  const shown = shownPath(file, context.cwd);
  view.answer('lock', lockDiffText(shown, changes, flags.dryRun === true, view.paint), {
    file: shown,
    changes,
    written: flags.dryRun !== true && changes.length > 0,
  });
}

function chooseFilters(names: readonly string[], { fleet }: OpenManifest): ReadonlySet<string> {
  const known = fleet.filters.map((f) => f.name);
  for (const name of names) {
    if (known.includes(name)) continue;
    throw new WasmcastError('WC-CLI-065', `fleet ${fleet.name} has no filter ${name}`, {
      exit: 'usage',
      help: `its filters are: ${known.join(', ')}`,
    });
  }
  return new Set(names.length === 0 ? known : names);
}

/** Loads a filter as if there were no lock. */
async function lockFilter(
  filter: FilterSpec,
  policy: SignaturePolicy,
  context: Context,
  view: View,
): Promise<{ readonly entry?: LockedFilter; readonly diagnostics: readonly Diagnostic[] }> {
  const loading = await loadModule(filter, context, view, context.stop, unlocked);
  const about = (d: Diagnostic): Diagnostic => ({ ...d, subject: d.subject ?? `filter ${filter.name}` });
  if (loading.kind === 'refused') return { diagnostics: loading.diagnostics.map(about) };
  const { checkModule } = await import('@wasmcast/wasm');
  const { facts, diagnostics } = checkModule(loading.value.bytes);
  const { image, indexDigest: index } = loading.value;
  const unsigned = image && (await policy({ ...image, ...(index && { index }) }, context.stop));
  const found = [...diagnostics, ...(unsigned ?? [])].map(about);
  return facts === undefined
    ? { diagnostics: found }
    : { entry: entryOf(filter, loading.value, facts), diagnostics: found };
}

function entryOf(filter: FilterSpec, loaded: LoadedModule, facts: ModuleFacts): LockedFilter {
  const { image, indexDigest } = loaded;
  const { abi, sdk, toolchain } = facts;
  return {
    ...(filter.module.kind === 'image' &&
      image !== undefined && {
        image: {
          reference: filter.module.reference,
          digest: image.digest,
          ...(indexDigest !== undefined && { index: indexDigest }),
        },
      }),
    module: facts.digest,
    size: facts.size,
    ...(abi !== undefined && { abi }),
    ...(sdk !== undefined && { sdk: [sdk.name, sdk.version].filter(Boolean).join(' ') }),
    ...(toolchain !== undefined && { toolchain }),
    imports: facts.imports.map((each) => `${each.module}.${each.name}`).toSorted(),
  };
}
