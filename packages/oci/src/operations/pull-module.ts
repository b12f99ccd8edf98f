import type { Sha256 } from '@wasmcast/core';
import { OciError } from '../errors.ts';
import type { WasmLayout } from '../image/layout.ts';
import type { OciOptions } from '../options.ts';
import { readImage } from './read-image.ts';
import type { ReadImage } from './read-image.ts';

/** A module out of a registry. */
export interface PulledModule {
  readonly wasm: Uint8Array;
  readonly moduleDigest: Sha256;
  readonly imageDigest: Sha256;
  readonly layout: WasmLayout;
  readonly annotations: Readonly<Record<string, string>>;
}

/** Pulls the module that Istio's agent would run: the manifest and its layer, two requests for a digest. @throws OciError */
export async function pullModule(reference: string, options: OciOptions = {}): Promise<PulledModule> {
  return moduleOf(await readImage(reference, options));
}

/** The module of an image that was read. @throws OciError `layout`, `archive`, … for one that no proxy could use */
export function moduleOf({ facts, wasm, parsed }: ReadImage): PulledModule {
  const { module, imageDigest } = facts;
  if (module.kind === 'refused') throw new OciError(module.reason, module.message);
  if (wasm === undefined) throw new TypeError('a module that was taken has bytes');
  return {
    wasm,
    moduleDigest: module.digest,
    imageDigest,
    layout: module.layout,
    annotations: parsed.annotations,
  };
}
