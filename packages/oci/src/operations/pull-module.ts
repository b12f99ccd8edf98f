import type { Sha256 } from '@wasmcast/core';
import { OciError } from '../errors.ts';
import type { WasmLayout } from '../image/layout.ts';
import type { ModuleTaker } from '../image/module-taker.ts';
import type { OciOptions } from '../options.ts';
import { readImage, readImageInto } from './read-image.ts';
import type { ReadImage } from './read-image.ts';

/** A module that came out of a registry. */
export interface PulledImage {
  readonly moduleDigest: Sha256;
  /** Bytes of the module. */
  readonly size: number;
  readonly imageDigest: Sha256;
  readonly layout: WasmLayout;
  readonly annotations: Readonly<Record<string, string>>;
}

/** One that is in memory. */
export interface PulledModule extends PulledImage {
  readonly wasm: Uint8Array;
}

/** Pulls the module that Istio's agent would run: the manifest and its layer, two requests for a digest. @throws OciError */
export async function pullModule(reference: string, options: OciOptions = {}): Promise<PulledModule> {
  return moduleOf(await readImage(reference, options));
}

/** {@link pullModule} for modules of any size: `take` gets it while it comes, and it counts only once this returns. @throws OciError */
export async function pullModuleInto<T extends object>(
  reference: string,
  take: ModuleTaker<T>,
  options: OciOptions = {},
): Promise<PulledImage & { readonly taken: T }> {
  return imageOf(await readImageInto(reference, take, options));
}

/** The module of an image that was read. @throws OciError `layout`, `archive`, … for one that no proxy could use */
export function moduleOf(image: ReadImage): PulledModule {
  const { taken: wasm, ...pulled } = imageOf(image);
  return { ...pulled, wasm };
}

function imageOf<T extends object>({
  facts,
  taken,
  parsed,
}: ReadImage<T>): PulledImage & { readonly taken: T } {
  const { module, imageDigest } = facts;
  if (module.kind === 'refused') throw new OciError(module.reason, module.message);
  if (taken === undefined) throw new TypeError('a module that was taken is there');
  return {
    taken,
    moduleDigest: module.digest,
    size: module.size,
    imageDigest,
    layout: module.layout,
    annotations: parsed.annotations,
  };
}
