import type {
  Chain,
  Diagnostic,
  FilterCost,
  FilterSpec,
  Observed,
  ResolvedFilter,
  Sha256,
  Target,
} from '@wasmcast/core';

/** A filter whose module has been built, read or pulled, and looked at. */
export interface LoadedFilter {
  readonly resolved: ResolvedFilter;
  readonly bytes: Uint8Array;
  /** Remarks that do not refuse it. */
  readonly warnings: readonly Diagnostic[];
}

/** What came of loading or trying a filter: the thing, or every reason why not. */
export type Loading<T> =
  | { readonly kind: 'ok'; readonly value: T }
  | { readonly kind: 'refused'; readonly diagnostics: readonly Diagnostic[] };

/** What came of running a filter's start and configure. */
export interface Trial {
  readonly diagnostics: readonly Diagnostic[];
  /** Present when it was accepted, and measured. */
  readonly cost?: FilterCost;
}

/** Where chains shall go. */
export interface Delivered {
  readonly target: Target;
  readonly observed: Observed;
  readonly chains: readonly Chain[];
}

/** Where modules come from and where they are tried; the engine compiles, pulls and runs nothing itself. */
export interface FilterSource {
  /** Builds, reads or pulls the filter's module and checks it. */
  load(filter: FilterSpec, signal: AbortSignal): Promise<Loading<LoadedFilter>>;
  /** What the proxies of a target would make of the images of these chains when they pull them. Default: nothing to say. */
  judge?(
    place: Delivered,
    loaded: readonly LoadedFilter[],
    signal: AbortSignal,
  ): Promise<readonly Diagnostic[]>;
  /** Runs each module's start and configure with the very bytes that would be delivered; what came of each, in their order. */
  preflight(filters: readonly LoadedFilter[], signal: AbortSignal): Promise<readonly Trial[]>;
}

/** Modules by digest, for `compile`. */
export function modulesOf(filters: Iterable<LoadedFilter>): ReadonlyMap<Sha256, Uint8Array> {
  return new Map([...filters].map((f) => [f.resolved.moduleDigest, f.bytes]));
}
