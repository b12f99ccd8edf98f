import { OciError } from '../errors.ts';

/**
 * What an image tells about its module beside the bytes. It travels as annotations of the manifest (in the docker layout,
 * whose manifests have none, as labels of the config), so that the layout stays one that proxies read.
 */
export interface ImageMetadata {
  /** The Proxy-Wasm ABI, e.g. `0.2.1`. */
  readonly abi?: string;
  /** The root ids that the module registers. */
  readonly rootIds?: readonly string[];
  /** Functions that the module imports, as `module.name`. */
  readonly imports?: readonly string[];
  /** `name version` of the SDK that the filter is written with. */
  readonly sdk?: string;
  /** JSON Schema of the filter's configuration, as text. */
  readonly configSchema?: string;
  /** The commit that the module was built from. */
  readonly revision?: string;
  /** SPDX expression. */
  readonly licences?: string;
}

/** The annotation in which an image says which module it holds. A hint: the digest of the bytes is what counts. */
export const moduleAnnotation = 'dev.wasmcast.module.sha256';

const keys = {
  abi: 'dev.wasmcast.abi',
  rootIds: 'dev.wasmcast.root-ids',
  imports: 'dev.wasmcast.imports',
  sdk: 'dev.wasmcast.sdk',
  configSchema: 'dev.wasmcast.config-schema',
  revision: 'org.opencontainers.image.revision',
  licences: 'org.opencontainers.image.licenses',
} as const satisfies Record<keyof ImageMetadata, string>;

/** The wasm-image-spec's mark of its "compat" variant. Istio goes by media types alone, other readers by this. */
export const variantAnnotation = { 'module.wasm.image/variant': 'compat' } as const;

/** Metadata as annotations; lists are joined by commas, sorted, so that equal metadata is equal text. */
export function toAnnotations(metadata: ImageMetadata): Readonly<Record<string, string>> {
  const { rootIds, imports, ...texts } = metadata;
  const list = (values: readonly string[] | undefined): string | undefined =>
    values === undefined || values.length === 0 ? undefined : [...new Set(values)].toSorted().join(',');
  const all = { ...texts, rootIds: list(rootIds), imports: list(imports) };
  return Object.fromEntries(
    Object.entries(all).flatMap(([name, value]) =>
      value === undefined ? [] : [[keys[name as keyof ImageMetadata], value]],
    ),
  );
}

/** Reads annotations (or labels) back; what is not there, or was written by somebody else in another form, is left out. */
export function fromAnnotations(annotations: Readonly<Record<string, string>>): ImageMetadata {
  const text = (name: keyof ImageMetadata): Readonly<Record<string, string>> => {
    const value = annotations[keys[name]];
    return value === undefined || value === '' ? {} : { [name]: value };
  };
  const list = (name: 'rootIds' | 'imports'): Readonly<Record<string, readonly string[]>> => {
    const value = annotations[keys[name]];
    return value === undefined || value === '' ? {} : { [name]: value.split(',') };
  };
  return {
    ...text('abi'),
    ...list('rootIds'),
    ...list('imports'),
    ...text('sdk'),
    ...text('configSchema'),
    ...text('revision'),
    ...text('licences'),
  };
}

/** @throws OciError `annotation` for what a registry or a terminal could stumble over */
export function checkAnnotations(annotations: Readonly<Record<string, string>>): void {
  const control = /\p{Cc}/u;
  for (const [key, value] of Object.entries(annotations)) {
    if (key === '' || control.test(key) || control.test(value)) {
      throw new OciError('annotation', `the annotation ${JSON.stringify(key)} is malformed`);
    }
    if (key === moduleAnnotation)
      throw new OciError('annotation', `the annotation ${key} is written by wasmcast itself`);
  }
}
