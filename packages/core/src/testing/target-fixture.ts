import type { Sha256 } from '../digest.ts';
import type { JsonObject } from '../json.ts';
import type { Delivery, DesiredFilter, Direction, PinnedImage } from '../model/filter.ts';
import type { Selector } from '../model/workload.ts';
import type { Target } from '../ports/target.ts';

/** A module that the target's proxies can run. */
export interface ModuleFixture {
  readonly bytes: Uint8Array;
  /** sha256 of `bytes`. */
  readonly digest: Sha256;
  /** Where it is in a registry; needed for delivery `image`. */
  readonly image?: PinnedImage;
}

/**
 * A target with two workloads that have no filter of the suite's fleets yet, and two modules. The modules take any
 * configuration that is an object and let traffic through.
 */
export interface TargetFixture extends AsyncDisposable {
  readonly target: Target;
  /** Each selects exactly one workload that has at least one instance. */
  readonly workloads: { readonly first: Selector; readonly second: Selector };
  readonly modules: { readonly a: ModuleFixture; readonly b: ModuleFixture };
  readonly delivery: Delivery;
  readonly direction: Direction;
  /** Root id that both modules answer to. */
  readonly rootId: string;
  /** Milliseconds in which instances come to show what was applied. */
  readonly convergeMs: number;
  /** Milliseconds between two readings of instances that do not show it yet. */
  readonly pollMs: number;
}

/** A filter of the suite. */
export function fixtureFilter(
  fixture: TargetFixture,
  name: string,
  module: ModuleFixture,
  config: JsonObject,
): DesiredFilter {
  return {
    name,
    moduleDigest: module.digest,
    moduleSize: module.bytes.length,
    ...(fixture.delivery === 'image' && module.image !== undefined ? { image: module.image } : {}),
    delivery: fixture.delivery,
    position: 'last',
    rootId: fixture.rootId,
    vmId: `${name}-${module.digest.slice(0, 16)}`,
    allowPrecompiled: true,
    env: {},
    config: { kind: 'json', value: config },
    onFailure: 'closed',
  };
}
