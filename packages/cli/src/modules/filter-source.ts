import {
  type Diagnostic,
  type FilterSpec,
  type PinnedImage,
  type Sha256,
  type SourceSpan,
  checkLock,
  configurationText,
  hasErrors,
  shortDigest,
} from '@wasmcast/core';
import type { FilterSource, LoadedFilter, Loading } from '@wasmcast/engine';
import type { Context } from '../context.ts';
import { type OpenLock, openLock } from '../fleet/lock-file.ts';
import type { OpenManifest } from '../fleet/open-fleet.ts';
import { withShownPath } from '../shown-path.ts';
import type { View } from '../views/view.ts';
import { loadModule } from './load-module.ts';

/** A module's start and configure may take this long in preflight before they count as endless. */
const preflightDeadlineMs = 10_000;

/** A filter's module, and where it came from if that was a registry. */
export interface LoadedModule {
  readonly bytes: Uint8Array;
  readonly image?: PinnedImage;
  /** Of the index that the reference led through. */
  readonly indexDigest?: Sha256;
  /** What the tag of a locked image points to now. */
  readonly tag?: Sha256;
  /** What Istio's agent would have to say about the image. */
  readonly remarks?: readonly Diagnostic[];
}

/** The command's source of filters: built, read or pulled, checked, and tried on the host. */
export function createFilterSource(manifest: OpenManifest, context: Context, view: View): FilterSource {
  // Read only where filters are loaded: going back and removing never depend on it.
  let lock: Promise<OpenLock> | undefined;
  return {
    load: async (filter, signal) => {
      lock ??= openLock(manifest.lock, context);
      return await load(filter, manifest, await lock, context, view, signal);
    },
    preflight: (filter, signal) => tryFilter(filter, manifest, view, signal),
  };
}

async function load(
  filter: FilterSpec,
  manifest: OpenManifest,
  openedLock: OpenLock,
  context: Context,
  view: View,
  signal: AbortSignal,
): Promise<Loading<LoadedFilter>> {
  const at = placeOf(filter, manifest, 'module');
  const loading = await loadModule(filter, context, view, signal, openedLock);
  if (loading.kind === 'refused') {
    const shown = loading.diagnostics.map((d) => withShownPath(d, context.cwd));
    return { kind: 'refused', diagnostics: shown.map((d) => located(d, filter, at)) };
  }
  const { bytes, image, tag, remarks = [] } = loading.value;
  const { checkModule } = await import('@wasmcast/wasm');
  const { facts, diagnostics } = checkModule(bytes);
  const { lock, strict } = openedLock;
  const held =
    lock === undefined || facts === undefined
      ? []
      : checkLock(lock, { spec: filter, module: facts.digest, ...(tag !== undefined && { tag }) }, strict);
  const forAgent = goesToIstio(filter, manifest) ? remarks : [];
  const found = [...diagnostics, ...held, ...forAgent].map((d) => located(d, filter, at));
  if (facts === undefined || hasErrors(found)) return { kind: 'refused', diagnostics: found };
  view.progress('filter', `filter ${filter.name}: module ${shortDigest(facts.digest)}, ${facts.size} bytes`, {
    filter: filter.name,
    moduleDigest: facts.digest,
    ...(image !== undefined && { image: image.reference }),
  });
  const resolved = {
    spec: filter,
    moduleDigest: facts.digest,
    moduleSize: facts.size,
    ...(image !== undefined && { image }),
  };
  return { kind: 'ok', value: { resolved, bytes, warnings: found } };
}

/** Runs on_vm_start and on_configure of the exact module with the exact bytes; a refusal carries the filter's own log lines. */
async function tryFilter(
  { resolved, bytes }: LoadedFilter,
  manifest: OpenManifest,
  view: View,
  signal: AbortSignal,
): Promise<readonly Diagnostic[]> {
  const { preflight } = await import('@wasmcast/host');
  const { spec } = resolved;
  const configuration = Buffer.from(configurationText(spec.config), 'utf8');
  const result = await preflight({
    bytes,
    filter: {
      name: spec.name,
      rootId: spec.rootId,
      vmId: spec.vm.id ?? spec.name,
      configuration,
      env: spec.vm.env,
    },
    deadlineMs: preflightDeadlineMs,
    signal,
  });
  view.progress('preflight', `preflight ${spec.name}: ${result.kind}`, {
    filter: spec.name,
    result: result.kind,
  });
  if (result.kind === 'accepted') return [];
  const at = placeOf(spec, manifest, 'config') ?? placeOf(spec, manifest, 'name');
  const logs = 'logs' in result ? result.logs.map((line) => `${line.level}: ${line.message}`) : [];
  const fault = (code: string, summary: string, help: string): Diagnostic => ({
    severity: 'error',
    code,
    summary,
    help,
    subject: `filter ${spec.name}`,
    ...(logs.length > 0 && { detail: logs }),
    ...(at !== undefined && { source: at }),
  });
  switch (result.kind) {
    case 'refused':
      return [
        fault(
          'WC-PRE-001',
          `filter ${spec.name} refuses its configuration (${result.callback} returned false)`,
          'its own log lines say why; nothing was written',
        ),
      ];
    case 'trapped':
      return [
        fault(
          'WC-PRE-002',
          `filter ${spec.name} trapped in ${result.callback}: ${result.message}`,
          'in a proxy every request would get 503; mend the filter or its configuration',
        ),
      ];
    case 'deadline':
      return [
        fault(
          'WC-PRE-003',
          `filter ${spec.name} did not come back from ${result.callback} within ${preflightDeadlineMs / 1000} s`,
          'in a proxy it would block a worker for good',
        ),
      ];
    case 'not-loadable':
      return [
        fault(
          'WC-PRE-004',
          `the module of filter ${spec.name} cannot be loaded: ${result.reason}`,
          'wasmcast check MODULE says more',
        ),
      ];
  }
}

/** True if a proxy's agent will pull the image of this filter. */
function goesToIstio(filter: FilterSpec, { fleet }: OpenManifest): boolean {
  const istio = new Set(fleet.targets.filter((t) => t.kind === 'istio').map((t) => t.name));
  return fleet.bindings.some((b) => istio.has(b.target) && b.chain.includes(filter.name));
}

function located(diagnostic: Diagnostic, filter: FilterSpec, at: SourceSpan | undefined): Diagnostic {
  const source = diagnostic.source ?? at;
  return {
    ...diagnostic,
    subject: diagnostic.subject ?? `filter ${filter.name}`,
    ...(source !== undefined && { source }),
  };
}

function placeOf(filter: FilterSpec, { fleet, locate }: OpenManifest, key: string): SourceSpan | undefined {
  const index = fleet.filters.findIndex((f) => f.name === filter.name);
  return locate(['filters', index, key]) ?? locate(['filters', index]);
}
