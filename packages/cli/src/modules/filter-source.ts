import {
  type Diagnostic,
  type FilterSpec,
  type PinnedImage,
  type Sha256,
  type SourceSpan,
  checkLock,
  hasErrors,
  shortDigest,
} from '@wasmcast/core';
import type { FilterSource, LoadedFilter, Loading } from '@wasmcast/engine';
import type { ImageFacts } from '@wasmcast/oci';
import type { Context } from '../context.ts';
import { type OpenLock, openLock } from '../fleet/lock-file.ts';
import type { OpenManifest } from '../fleet/open-fleet.ts';
import { withShownPath } from '../shown-path.ts';
import type { View } from '../views/view.ts';
import { judgeImages } from './judge-images.ts';
import { judgeServed } from './judge-served.ts';
import { loadModule } from './load-module.ts';
import { placeOf } from './place-of.ts';
import { type SignaturePolicy, signaturePolicy } from './signature-policy.ts';
import { tryFilters } from './try-filters.ts';

/** A filter's module, and where it came from if that was a registry. */
export interface LoadedModule {
  readonly bytes: Uint8Array;
  readonly image?: PinnedImage;
  /** Of the index that the reference led through. */
  readonly indexDigest?: Sha256;
  /** What the tag of a locked image points to now. */
  readonly tag?: Sha256;
  /** What an agent that is sent to the pinned image finds. */
  readonly facts?: ImageFacts;
}

/** The command's source of filters: built, read or pulled, checked, and tried on the host. */
export function createFilterSource(manifest: OpenManifest, context: Context, view: View): FilterSource {
  // Read only where filters are loaded: going back and removing never depend on it.
  let lock: Promise<OpenLock> | undefined;
  const policy = signaturePolicy(manifest.fleet.signatures, context);
  const found = new Map<string, ImageFacts>();
  return {
    load: async (filter, signal) => {
      lock ??= openLock(manifest.lock, context);
      const shared: Loaders = { manifest, lock: await lock, policy, found };
      return await load(filter, shared, context, view, signal);
    },
    judge: async (place, loaded, signal) => {
      const judged = [
        ...(await judgeImages(place, found, context, signal)),
        ...(await judgeServed(place, signal)),
      ];
      return judged.map(({ filter, ...diagnostic }) => {
        const spec = loaded.find((each) => each.resolved.spec.name === filter)?.resolved.spec;
        return spec === undefined ? diagnostic : located(diagnostic, spec, placeOf(spec, manifest, 'module'));
      });
    },
    preflight: (filters, signal) => tryFilters(filters, manifest, view, signal),
  };
}

/** What loading one filter shares with the others. */
interface Loaders {
  readonly manifest: OpenManifest;
  readonly lock: OpenLock;
  readonly policy: SignaturePolicy;
  /** What was found in registries, by the name of the filter. */
  readonly found: Map<string, ImageFacts>;
}

async function load(
  filter: FilterSpec,
  { manifest, lock: openedLock, policy, found: images }: Loaders,
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
  const { bytes, image, indexDigest, tag, facts: imageFacts } = loading.value;
  if (imageFacts !== undefined) images.set(filter.name, imageFacts);
  const { checkModule } = await import('@wasmcast/wasm');
  const { facts, diagnostics } = checkModule(bytes);
  const { lock, strict } = openedLock;
  const held =
    lock === undefined || facts === undefined
      ? []
      : checkLock(lock, { spec: filter, module: facts.digest, ...(tag !== undefined && { tag }) }, strict);
  const index = indexDigest === undefined ? {} : { index: indexDigest };
  const unsigned = image === undefined ? [] : await policy({ ...image, ...index }, signal);
  const found = [...diagnostics, ...held, ...unsigned].map((d) => located(d, filter, at));
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

function located(diagnostic: Diagnostic, filter: FilterSpec, at: SourceSpan | undefined): Diagnostic {
  const source = diagnostic.source ?? at;
  return {
    ...diagnostic,
    subject: diagnostic.subject ?? `filter ${filter.name}`,
    ...(source !== undefined && { source }),
  };
}
