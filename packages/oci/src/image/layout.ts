import { OciError } from '../errors.ts';
import { mediaTypes } from '../remote/media-types.ts';
import { ByteReader } from './byte-reader.ts';
import { gunzip } from './gzip.ts';
import type { Descriptor, IndexEntry, ParsedManifest } from './manifest.ts';
import type { ModuleTaker } from './module-taker.ts';
import { findInTar } from './tar-reader.ts';

/** The three layouts that Istio's agent reads (imagefetcher.go, PrepareFetch). */
export type WasmLayout = 'docker' | 'oci' | 'oci-artifact';

/** The file in the layer that holds the module. */
export const moduleFile = 'plugin.wasm';

/**
 * Chooses the layer as the agent does: the last one if it is a tar+gzip of the manifest's family, else the Wasm layer of
 * a manifest with exactly two layers. @throws OciError `layout`, saying what the agent would stumble over
 */
export function chooseLayer(
  manifest: Pick<ParsedManifest & { readonly kind: 'image' }, 'mediaType' | 'layers'>,
): {
  readonly layout: WasmLayout;
  readonly layer: Descriptor;
} {
  const { layers } = manifest;
  const last = layers.at(-1);
  if (last === undefined) throw new OciError('layout', 'the image has no layer');
  // The agent goes by the field in the document, not by the Content-Type.
  if (manifest.mediaType === mediaTypes.dockerManifest) {
    if (last.mediaType === mediaTypes.dockerLayer) return { layout: 'docker', layer: last };
    throw new OciError(
      'layout',
      `the last layer is ${show(last)}, but proxies want ${mediaTypes.dockerLayer}`,
    );
  }
  if (last.mediaType === mediaTypes.ociLayer) return { layout: 'oci', layer: last };
  const wasm = layers.find((layer) => layer.mediaType === mediaTypes.wasmLayer);
  if (wasm !== undefined && layers.length === 2) return { layout: 'oci-artifact', layer: wasm };
  const why =
    wasm === undefined
      ? `its last layer is ${show(last)}`
      : `it has ${layers.length} layer${layers.length === 1 ? '' : 's'} where proxies want exactly two`;
  throw new OciError('layout', `no proxy can read this image: ${why}`);
}

/**
 * Takes the module out of its layer, which has `size` bytes, while it arrives: what `take` makes of its bytes.
 * @throws OciError `archive`, `layout`, `tooLarge`
 */
export async function extractModule<T extends object>(
  layout: WasmLayout,
  chunks: AsyncIterable<Uint8Array>,
  size: number,
  unpackedBytes: number,
  take: ModuleTaker<T>,
): Promise<T> {
  if (layout === 'oci-artifact') {
    if (size > unpackedBytes)
      throw new OciError('tooLarge', `the module is larger than ${unpackedBytes} bytes`);
    return await take(new ByteReader(chunks).pieces(size), size);
  }
  const module = await findInTar(gunzip(chunks, unpackedBytes), moduleFile, unpackedBytes, take);
  if (module === undefined) throw new OciError('layout', `the layer holds no file ${moduleFile}`);
  return module;
}

/** The agent's choice in an index: the first linux/amd64; an entry that names no platform counts as that. @throws OciError `platform` */
export function choosePlatform(
  manifests: readonly (Descriptor & Pick<IndexEntry, 'platform'>)[],
): Descriptor {
  const found = manifests.find(
    ({ platform }) =>
      platform === undefined || (platform.os === 'linux' && platform.architecture === 'amd64'),
  );
  if (found !== undefined) return found;
  const there = manifests
    .slice(0, 10)
    .map(({ platform }) => JSON.stringify(`${platform?.os}/${platform?.architecture}`));
  throw new OciError(
    'platform',
    `the index has no image for linux/amd64, only ${there.join(', ') || 'none'}`,
  );
}

/** Istio's agent checks the same: the magic number and at least eight bytes. @throws OciError `notWasm` */
export function requireWasm(bytes: Uint8Array, what: string): void {
  const magic = [0x00, 0x61, 0x73, 0x6d];
  if (bytes.length >= 8 && magic.every((byte, index) => bytes[index] === byte)) return;
  throw new OciError('notWasm', `${what} is not a WebAssembly module`);
}

function show(layer: Descriptor): string {
  return /^[\w.+/-]{1,100}$/.test(layer.mediaType) ? layer.mediaType : 'of an unreadable type';
}
