/**
 * What a wave takes in: workloads of the plan, counted from its beginning, so that `10%` after `1` is what is missing to
 * ten percent. `namespace`, `label` and `target` take all that is there; `pause` takes none. Targets that are named are rolled
 * out in this order and before the others, and a pause behind one concerns it alone: they are rings.
 */
export type WaveSpec =
  | { readonly kind: 'count'; readonly workloads: number }
  /** `percent`: 0 to 100, rounded up to whole workloads. */
  | { readonly kind: 'share'; readonly percent: number }
  | { readonly kind: 'namespace'; readonly namespace: string }
  | { readonly kind: 'label'; readonly key: string; readonly value: string }
  | { readonly kind: 'target'; readonly target: string }
  /** Waits so many milliseconds before the next wave; undefined: until a person promotes. */
  | { readonly kind: 'pause'; readonly ms: number | undefined };

/**
 * What the proxies of a wave themselves may show, from the end of its write on, and before it, which is the baseline. A
 * bound that is undefined is not looked at; the others need their data.
 */
export interface StatsCheck {
  readonly kind: 'stats';
  /** Filters' VMs that may die. */
  readonly maxVmFailures: number;
  /** Filters' VMs that may be made anew after they died (`FAIL_RELOAD`). */
  readonly maxVmReloads: number;
  /** Containers that may be started again. */
  readonly maxRestarts: number;
  /** Instances that may be not ready at a time. */
  readonly maxUnavailable: number;
  /** Share of requests that may end in 5xx, 0 to 1. */
  readonly maxErrorRate?: number;
  /** By how much that share may be larger than before the wave: 0.01 is a percentage point. */
  readonly maxErrorRateIncrease?: number;
  /** Share of requests that may end in 403, which is what a placeholder that denies all answers. */
  readonly maxForbiddenRate?: number;
  /** Shares of requests that may carry these response flags of Envoy: `NFCF`, `UF`. */
  readonly maxResponseFlags?: Readonly<Record<string, number>>;
  /** Milliseconds that 99 of 100 requests may take at most. */
  readonly maxP99Ms?: number;
  /** By how much longer than before the wave that may be: 0.2 is a fifth. */
  readonly maxP99Increase?: number;
  /** Bytes by which the memory of a proxy may grow in a minute, as a trend since its warm-up. */
  readonly maxMemoryGrowth?: number;
  /** Milliseconds in which an instance may become ready, and its memory is not looked at. */
  readonly warmUpMs: number;
  /**
   * Rates are judged over so many requests or more: until there are as many, the gate is inconclusive. 0 demands none, and
   * then a rate of a few requests can pass, or be inconclusive, but not fail.
   */
  readonly minRequests: number;
}

/** What a gate measures. Each can say no; none can be content with data that are missing. */
export type GateCheck =
  | StatsCheck
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
  /** Measurements that must pass; while the wave pauses, it is measured on. */
  readonly count: number;
  /** Measurements that may fail; one more, whenever it comes, and the gate fails. */
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
