import type { Direction } from './filter.ts';
import type { InstanceId } from './workload.ts';

/**
 * What an instance shows of one filter, read from the proxy itself.
 *
 * - `live`: the expected digest and configuration stand in the active chain, in the expected order.
 * - `wrong-digest`, `wrong-config`: another module, or another configuration, stands there.
 * - `placeholder-allow`, `placeholder-deny`: the agent could not fetch the module and put an RBAC filter in its place.
 * - `not-in-chain`: no active listener has it. `out-of-order`: all are there, in another order.
 * - `still-there`: a filter of the fleet that nobody wants any more.
 * - `pending`: the instance is starting or going, or the filter is warming. `crashed`: configured, but its VM is dead.
 * - `maybe-crashed`: configured, and a VM died that may have been its own: the proxy does not tell which one.
 * - `no-sidecar`: there is no proxy. `unreachable`: there is one that does not answer. `not-permitted`: we may not ask.
 */
export type VerdictKind =
  | 'live'
  | 'wrong-digest'
  | 'wrong-config'
  | 'placeholder-allow'
  | 'placeholder-deny'
  | 'not-in-chain'
  | 'out-of-order'
  | 'still-there'
  | 'pending'
  | 'crashed'
  | 'maybe-crashed'
  | 'no-sidecar'
  | 'unreachable'
  | 'not-permitted';

/** The verdict on one filter in one instance. */
export interface FilterVerdict {
  readonly filter: string;
  readonly direction: Direction;
  readonly verdict: VerdictKind;
  /** What was seen, in words: the digest found, Envoy's own message, the right that is missing. */
  readonly evidence?: string;
}

/** All verdicts of one instance from one reading. */
export interface InstanceVerdict {
  readonly instance: InstanceId;
  /** Version of the proxy, when it told. */
  readonly proxyVersion?: string;
  /** One for each expected filter, and one for each of the fleet's filters that should not be there. */
  readonly filters: readonly FilterVerdict[];
}

/** True if the instance shows exactly what is expected of it. */
export function isLive(verdict: InstanceVerdict): boolean {
  return verdict.filters.every((f) => f.verdict === 'live');
}
