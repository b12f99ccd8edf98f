import type { Sha256 } from '@wasmcast/core';
import type { OciErrorKind } from '../errors.ts';
import type { WasmLayout } from '../image/layout.ts';
import type { Descriptor } from '../image/manifest.ts';
import type { ImageReference } from '../reference/reference.ts';

/** What an agent that is sent to a reference finds there. Plain data: taken from a registry once, judged for any Istio. */
export interface ImageFacts {
  /** The reference as it would stand in the resource. */
  readonly reference: ImageReference;
  /** Of the manifest that the agent ends at, with the platform chosen. */
  readonly imageDigest: Sha256;
  /** Of the index that leads there. */
  readonly indexDigest?: Sha256;
  readonly layers: readonly Descriptor[];
  readonly module: ModuleFinding;
  /** The registry gave it only to a known user. */
  readonly needsCredentials: boolean;
  /** The realms that the registry names when it asks who we are: where tokens come from, or what a password is for. */
  readonly realms: readonly string[];
}

/** What came of taking the module out by the agent's rules. */
export type ModuleFinding =
  | { readonly kind: 'taken'; readonly layout: WasmLayout; readonly digest: Sha256; readonly size: number }
  | { readonly kind: 'refused'; readonly reason: OciErrorKind; readonly message: string };
