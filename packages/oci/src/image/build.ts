import { assertNever } from '@wasmcast/core';
import type { JsonObject, Sha256 } from '@wasmcast/core';
import { formatDigest } from '../reference/digest.ts';
import { sha256 } from '../remote/manifests.ts';
import type { RawManifest } from '../remote/manifests.ts';
import type { BlobContent } from '../remote/blob-upload.ts';
import { mediaTypes } from '../remote/media-types.ts';
import { blobOf, descriptorOf, jsonBlob, manifestOf } from './documents.ts';
import type { Blob } from './documents.ts';
import { moduleFile } from './layout.ts';
import type { WasmLayout } from './layout.ts';
import { checkAnnotations, moduleAnnotation, toAnnotations, variantAnnotation } from './metadata.ts';
import type { ImageMetadata } from './metadata.ts';
import { packLayer } from './packed-layer.ts';

/** An image that can be pushed: everything in it follows from the module and what is said about it. */
export interface WasmImage<Layer extends BlobContent = Blob> {
  readonly manifest: RawManifest;
  readonly config: Blob;
  /** The layer that holds the module. */
  readonly layer: Layer;
  readonly moduleDigest: Sha256;
}

/** How an image shall be made. */
export interface BuildImageOptions {
  /** Default `oci`, which every Istio since 1.12 and every container tool takes. */
  readonly layout?: WasmLayout;
  readonly metadata?: ImageMetadata;
  /** More annotations; they win over those of the metadata. */
  readonly annotations?: Readonly<Record<string, string>>;
}

/** {@link imageOf}, with all of it in memory. */
export function buildImage(wasm: Uint8Array, options: BuildImageOptions = {}): WasmImage {
  const image = imageOf(wasm, options);
  const { digest, size, bytes } = image.layer;
  if (bytes instanceof Uint8Array) return { ...image, layer: { digest, size, bytes } };
  using content = bytes;
  return { ...image, layer: { digest, size, bytes: Buffer.concat([...content.read(0, size)]) } };
}

/**
 * Makes an image in one of the layouts that Istio reads: one manifest, no index. There is no time in it and no machine:
 * equal modules, metadata and annotations give an equal digest everywhere. @throws OciError `annotation`
 */
export function imageOf(wasm: Uint8Array, options: BuildImageOptions = {}): WasmImage<BlobContent> {
  const { metadata = {}, annotations: more = {}, layout = 'oci' } = options;
  checkAnnotations(more);
  const told = { ...toAnnotations(metadata), ...more };
  checkAnnotations(told);
  const moduleDigest = sha256(wasm);
  const annotations = { ...told, [moduleAnnotation]: moduleDigest };
  const { mediaType, layers, configType, config, layer } = partsOf(wasm, layout, metadata, annotations);
  const members = {
    config: descriptorOf(configType, config),
    layers,
    // Docker's manifests have no annotations: some registries refuse what they do not know.
    ...(layout === 'docker'
      ? {}
      : { annotations: layout === 'oci' ? { ...annotations, ...variantAnnotation } : annotations }),
  };
  return { manifest: manifestOf(members, mediaType), config, layer, moduleDigest };
}

interface Parts {
  readonly mediaType: string;
  readonly configType: string;
  readonly layers: readonly JsonObject[];
  readonly config: Blob;
  readonly layer: BlobContent;
}

function partsOf(
  wasm: Uint8Array,
  layout: WasmLayout,
  metadata: ImageMetadata,
  annotations: Readonly<Record<string, string>>,
): Parts {
  switch (layout) {
    case 'oci':
      return containerParts(wasm, mediaTypes.ociManifest, mediaTypes.ociConfig, mediaTypes.ociLayer, {});
    case 'docker':
      return containerParts(
        wasm,
        mediaTypes.dockerManifest,
        mediaTypes.dockerConfig,
        mediaTypes.dockerLayer,
        { Labels: annotations },
      );
    case 'oci-artifact':
      return artifactParts(wasm, metadata);
    default:
      return assertNever(layout);
  }
}

/** What container tools take for an image: an ordinary config and one tar+gzip layer with `plugin.wasm`. */
function containerParts(
  wasm: Uint8Array,
  mediaType: string,
  configType: string,
  layerType: string,
  runtime: JsonObject,
): Parts {
  const layer = packLayer(moduleFile, wasm);
  const config = jsonBlob({
    // Wasm has no platform; this is the one that proxies and container tools look for.
    architecture: 'amd64',
    os: 'linux',
    config: runtime,
    rootfs: { type: 'layers', diff_ids: [formatDigest(layer.diffId)] },
  });
  return { mediaType, configType, layers: [descriptorOf(layerType, layer)], config, layer };
}

/** The wasm-image-spec's artifact: the agent wants exactly two layers, of which one is the module as it is. */
function artifactParts(wasm: Uint8Array, metadata: ImageMetadata): Parts {
  const module = blobOf(wasm);
  const config = jsonBlob({
    type: 'envoy_proxy',
    abiVersions: metadata.abi === undefined ? [] : [`v${metadata.abi}`],
    config: { rootIds: [...(metadata.rootIds ?? [])] },
  });
  const titled = (part: JsonObject, title: string): JsonObject => ({
    ...part,
    annotations: { 'org.opencontainers.image.title': title },
  });
  return {
    mediaType: mediaTypes.ociManifest,
    configType: mediaTypes.wasmConfig,
    layers: [
      titled(descriptorOf(mediaTypes.wasmConfig, config), 'runtime-config.json'),
      titled(descriptorOf(mediaTypes.wasmLayer, module), 'filter.wasm'),
    ],
    config,
    layer: module,
  };
}
