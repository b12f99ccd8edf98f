/**
 * What a wave takes in: workloads of the plan, counted from its beginning, so that `10%` after `1` is what is missing to
 * ten percent. A `group` takes all of a namespace or with a label, `pause` takes none.
 */
export type WaveSpec =
  | { readonly kind: 'count'; readonly workloads: number }
  /** `percent`: 0 to 100, rounded up to whole workloads. */
  | { readonly kind: 'share'; readonly percent: number }
  | { readonly kind: 'namespace'; readonly namespace: string }
  | { readonly kind: 'label'; readonly key: string; readonly value: string }
  /** Waits so many milliseconds before the next wave; undefined: until a person promotes. */
  | { readonly kind: 'pause'; readonly ms: number | undefined };

/** What a gate measures. Each can say no; none can be content with data that are missing. */
export type GateCheck =
  /** Counters of the proxies of the wave themselves, from the end of its write on. */
  | {
      readonly kind: 'stats';
      /** Share of requests that may end in 5xx, 0 to 1; undefined: not looked at. */
      readonly maxErrorRate: number | undefined;
      /** Milliseconds that the slowest percent of requests may take at least; undefined: not looked at. */
      readonly maxP99Ms: number | undefined;
      /** With fewer requests than this, at least 1, the gate is inconclusive. */
      readonly minRequests: number;
    }
  /** An instant query whose result, one number, must lie between `min` and `max`. */
  | {
      readonly kind: 'prometheus';
      readonly url: string;
      readonly query: string;
      readonly min: number | undefined;
      readonly max: number | undefined;
    }
  /** A GET that must be answered with this status. */
  | { readonly kind: 'http'; readonly url: string; readonly status: number }
  /** A POST of the wave as JSON: 200 passes, 202 is inconclusive, 4xx fails; all else is an error of the gate. */
  | { readonly kind: 'webhook'; readonly url: string };

/** What must hold after each wave before the next one begins. */
export interface GateSpec {
  readonly name: string;
  readonly check: GateCheck;
  /** Milliseconds between two measurements. */
  readonly intervalMs: number;
  /** Measurements that must pass. */
  readonly count: number;
  /** Measurements that may fail. */
  readonly failureLimit: number;
}

/** What becomes of a rollout that fails: everything that it touched goes back, or it stays as it is for a person to look. */
export type OnFailure = 'rollback' | 'stop';

/**
 * Whether a throw-away instance tries the chain before the first wave: `auto` where the target can, and a remark where it
 * cannot; `required` refuses to go on without.
 */
export type ProbePolicy = 'auto' | 'required' | 'off';

/** How a rollout proceeds. */
export interface RolloutPolicy {
  /** Milliseconds that the instances have, after the last write of a wave, to show what is expected of them. */
  readonly timeoutMs: number;
  readonly probe: ProbePolicy;
  readonly waves: readonly WaveSpec[];
  readonly gates: readonly GateSpec[];
  /** How many workloads may restart at a time; undefined: all of a wave. */
  readonly maxRestarting: number | undefined;
  readonly onFailure: OnFailure;
}
