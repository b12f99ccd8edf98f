import type { JsonValue } from '../json.ts';
import type { Chain } from '../model/chain.ts';
import type { InstanceVerdict } from '../model/verdict.ts';
import type { Change, Observed } from './target.ts';

/**
 * A throw-away instance that stands for a workload: with its proxy, its modules and its chain, without its application and
 * without its traffic. Self-contained like a step, so that a plan can be saved, read by a person, and run elsewhere.
 */
export interface ProbePlan {
  /** Address of the workload that it stands for. */
  readonly workload: string;
  /** For people: `Pod foo/wasmcast-probe-…`. */
  readonly summary: string;
  /** True if the rollout must not go on without having seen it live. */
  readonly required: boolean;
  /** What is started; only the target reads it. */
  readonly native: JsonValue;
}

/** What {@link ProbingPort.design} gives: how the probe would be started, or why there can be none. */
export type ProbeDesign =
  | { readonly kind: 'probe'; readonly summary: string; readonly native: JsonValue }
  | { readonly kind: 'none'; readonly why: string };

/** What a probe shows at one moment. */
export interface ProbeReading {
  /** Its instance is one of the workload that it stands for. */
  readonly verdict: InstanceVerdict;
  /** What keeps it from starting and is not the filters' doing: no room, no image, no permission. */
  readonly hindrance?: string;
}

/** A probe that was started. Disposing of it never throws: what stays is found by the next `observe`, and is a step. */
export interface Probe extends AsyncDisposable {
  /** Reads it once, by the same means as any instance. Throws `unreachable` when nothing can be read. */
  read(signal: AbortSignal): Promise<ProbeReading>;
}

/** Starts instances of which nobody depends, so that a start-up failure is met there and nowhere else. */
export interface ProbingPort {
  /** Pure. `chains` are those of one workload in `change`. */
  design(chains: readonly Chain[], change: Change, observed: Observed): ProbeDesign;
  /**
   * Starts it; what an earlier one left behind is replaced. Throws when the target refuses it: a quota, a policy, a right
   * that is missing.
   */
  start(fleet: string, plan: ProbePlan, chains: readonly Chain[], signal: AbortSignal): Promise<Probe>;
}
