import type { Sha256 } from '../digest.ts';
import type { PinnedImage } from '../model/filter.ts';
import type { FilterSpec } from '../model/fleet.ts';

/** A filter of the manifest whose module is known by its bytes. */
export interface ResolvedFilter {
  readonly spec: FilterSpec;
  readonly moduleDigest: Sha256;
  /** Bytes of the module. */
  readonly moduleSize: number;
  /** Present if the manifest names an image. */
  readonly image?: PinnedImage;
}
