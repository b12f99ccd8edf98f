import type { InstanceId } from './workload.ts';

/** Something in the target that puts filters into proxies, or changes them. */
export interface SourceObject {
  /** `EnvoyFilter`, `WasmPlugin`, `AuthorizationPolicy`, … */
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
  /** Who made it or wrote it last, as far as it says: `Helm release shop`, `kubectl`. */
  readonly owner?: string;
}

/** Who put a filter where it stands. */
export type Origin =
  | { readonly kind: 'fleet'; readonly fleet: string; readonly filter: string; readonly by?: SourceObject }
  | { readonly kind: 'object'; readonly by: SourceObject }
  /** The mesh itself; `because` names the policies that it carries. */
  | { readonly kind: 'mesh'; readonly what: string; readonly because: readonly SourceObject[] }
  /** Nothing that could be seen puts it there. */
  | { readonly kind: 'unknown' };

/** One filter, where a request or a connection meets it. */
export interface EffectiveFilter {
  /** Its name in the proxy. */
  readonly name: string;
  /** `network` filters see bytes, and come first; `http` filters see requests. */
  readonly layer: 'network' | 'http';
  /** What it is, in one word: `wasm`, `router`, `placeholder-deny`, `lua`. */
  readonly type: string;
  /** Of a Wasm filter: where its module is, as the proxy has it. */
  readonly module?: string;
  readonly origin: Origin;
}

/** The same list of filters, in every place of the proxy that has it. */
export interface EffectiveChain {
  readonly direction: 'inbound' | 'outbound' | 'gateway' | 'other';
  /** `listener / filter chain`. */
  readonly places: readonly string[];
  readonly filters: readonly EffectiveFilter[];
}

/**
 * What is odd about the chains of an instance.
 *
 * - `tie`: the order of two objects is left to their age or their names. `anchor-missing`: a patch has its place beside a
 *   filter that no chain has. `not-shown`: an object selects the instance, but its filter is in no chain.
 * - `twice`: one filter stands twice in one chain. `rejected`: the proxy refused an update, in its own words.
 * - `unseen`: something could not be looked at, so the rest may be incomplete.
 */
export interface ChainRemark {
  readonly kind: 'tie' | 'anchor-missing' | 'not-shown' | 'twice' | 'rejected' | 'unseen';
  readonly text: string;
}

/** All filters of one instance. */
export interface InstanceChains {
  readonly instance: InstanceId;
  readonly proxyVersion?: string;
  readonly chains: readonly EffectiveChain[];
  readonly remarks: readonly ChainRemark[];
}
