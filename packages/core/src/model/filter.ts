import type { Sha256 } from '../digest.ts';
import { canonicalJson, type JsonObject } from '../json.ts';

/** What Envoy does with requests when the filter's VM is dead (`failure_policy` of PluginConfig). */
export type FailurePolicy = 'closed' | 'open' | 'reload';

/**
 * How a module reaches a proxy. `http` is from a module server (`wasmcast serve`); `embedded` is the delivery of the local
 * target: the module is handed over directly.
 */
export type Delivery = 'configmap' | 'image' | 'http' | 'embedded';

/** True if whoever runs the proxy fetches the module: from a registry, or from a module server. */
export function isFetched({ delivery }: Pick<DesiredFilter, 'delivery'>): boolean {
  return delivery === 'image' || delivery === 'http';
}

/** Which listeners of a proxy a chain belongs to. */
export type Direction = 'inbound' | 'outbound' | 'gateway';

/** Where in the proxy's own filter chain a binding's filters stand. */
export type Position = 'first' | 'authn' | 'authz' | 'last';

/** Positions in the order in which a request meets them. */
export const positions: readonly Position[] = ['first', 'authn', 'authz', 'last'];

/** A filter's configuration as the manifest gives it: nothing, a text that is passed on as it is, or an object. */
export type FilterConfig =
  | { readonly kind: 'none' }
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'json'; readonly value: JsonObject };

/**
 * The text whose UTF-8 bytes the filter reads in on_configure. An object is written as canonical JSON, so that every
 * delivery, preflight and verification speak of the same bytes.
 */
export function configurationText(config: FilterConfig): string {
  switch (config.kind) {
    case 'none':
      return '';
    case 'text':
      return config.text;
    case 'json':
      return canonicalJson(config.value);
  }
}

/** A module in a registry, pinned. `digest` is that of the image manifest and never equals the module's own. */
export interface PinnedImage {
  /** `registry/repository@sha256:…` */
  readonly reference: string;
  readonly digest: Sha256;
  /** Name of a `kubernetes.io/dockerconfigjson` Secret in the workload's namespace. */
  readonly pullSecret?: string;
}

/** One filter exactly as it shall run in one chain: the module by digest, the configuration, the VM. */
export interface DesiredFilter {
  /** The filter's name in the fleet; unique within a chain. */
  readonly name: string;
  readonly moduleDigest: Sha256;
  /** Size of the module in bytes. */
  readonly moduleSize: number;
  /** Present when `delivery` is `image`. */
  readonly image?: PinnedImage;
  /** URL of the module on a module server. Present when `delivery` is `http`. */
  readonly served?: string;
  readonly delivery: Delivery;
  readonly position: Position;
  readonly rootId: string;
  /** The whole vm_id: the manifest's (or the filter's name), a dash and the short module digest. */
  readonly vmId: string;
  readonly allowPrecompiled: boolean;
  /** Environment variables of the VM (WASI `environ_get`). */
  readonly env: Readonly<Record<string, string>>;
  readonly config: FilterConfig;
  readonly onFailure: FailurePolicy;
}
