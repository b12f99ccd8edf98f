import type { Diagnostic } from '../diagnostic.ts';
import type { Sha256 } from '../digest.ts';
import type { JsonValue } from '../json.ts';
import type { Chain } from '../model/chain.ts';
import type { InstanceChains } from '../model/effective-chain.ts';
import type { Diagnosis } from '../model/finding.ts';
import type { Delivery, Direction } from '../model/filter.ts';
import type { Step } from '../model/step.ts';
import type { InstanceStats, StatsQuery } from '../model/stats.ts';
import type { InstanceVerdict } from '../model/verdict.ts';
import type { InstanceId, Selector, WorkloadId, WorkloadKind } from '../model/workload.ts';
import type { LockPort } from './lock.ts';
import type { ProbingPort } from './probing.ts';
import type { RevisionStore } from './revision-store.ts';
import type { RolloutStore } from './rollout-store.ts';

/** What a target can do; the conformance suite and the planner ask this, never the target's kind. */
export interface Capabilities {
  /** Deliveries it takes; the first is what `auto` means for a file. */
  readonly deliveries: readonly Delivery[];
  readonly directions: readonly Direction[];
  /** True if a new module of a file delivery restarts instances. */
  readonly restartsInstances: boolean;
}

/** What to look at: the workloads that the bindings mean, and whatever the fleet has in the target already. */
export interface ObserveQuery {
  readonly fleet: string;
  readonly selectors: readonly Selector[];
  /** Also what is the fleet's by its name and does not say so any more; each of it is a fault of looking. */
  readonly strays?: true;
}

/** A workload as it stands. */
export interface ObservedWorkload {
  readonly id: WorkloadId;
  /** Labels of its pods (of the template), as selectors see them. */
  readonly labels: Readonly<Record<string, string>>;
  readonly instances: readonly InstanceId[];
  /**
   * What the fleet's objects in the target say is installed; the planner compares, `compile` repairs. An empty chain says
   * that only pieces are left, which run nothing and have to be taken out.
   */
  readonly chains: readonly Chain[];
  /** Changes whenever something changes that a plan for this workload depends on. */
  readonly version: string;
  /** How its instances take a change that needs a restart, when that deserves a word: `OnDelete`, `paused`, … */
  readonly restartNote?: string;
  /** Version of what pulls images for its proxies, e.g. `1.31`. Undefined: unknown, or nothing does. */
  readonly agent?: string;
}

/** Workloads that a person names; without a kind, all of that name. */
export interface WorkloadPlace {
  readonly namespace: string;
  readonly kind?: WorkloadKind;
  readonly name: string;
}

/** A target as it stands, seen at one moment. */
export interface Observed {
  readonly target: string;
  readonly workloads: readonly ObservedWorkload[];
  /** Versions of the proxies and of the control plane, for people: `istiod 1.31`, `Envoy 1.40.0`. */
  readonly versions: readonly string[];
  /** Faults of looking: a right that is missing, a namespace that is not there. */
  readonly diagnostics: readonly Diagnostic[];
  /** What only the target itself understands. */
  readonly native: unknown;
}

/** What shall become of a target: for each named workload and direction the whole chain of this fleet. */
export interface Change {
  readonly fleet: string;
  /** One entry for each workload and direction that the fleet wants something on, or has something on. Empty chains remove. */
  readonly chains: readonly Chain[];
  /** True when the whole fleet goes: objects kept for rollback go too. */
  readonly removeAll: boolean;
  /** Module digests that retained revisions name: their objects stay. */
  readonly retained: readonly Sha256[];
}

/** What {@link Target.compile} gives: steps, or the reasons why there are none. */
export interface Compiled {
  /** In an order that is safe when stages are respected and steps of one workload keep their order. */
  readonly steps: readonly Step[];
  /** Errors refuse the change; nothing may be applied then. */
  readonly diagnostics: readonly Diagnostic[];
}

/** What {@link Target.render} gives: objects and patches, or the reasons why there are none. */
export interface Rendered {
  readonly objects: readonly JsonValue[];
  /** Strategic merge patches of objects that somebody else has: kind and name say which. */
  readonly patches: readonly JsonValue[];
  readonly diagnostics: readonly Diagnostic[];
}

/** What stands behind the name of a pull secret. `config` is docker's JSON, with passwords: it stays in memory. */
export type PullSecret =
  | { readonly kind: 'found'; readonly config: string }
  | { readonly kind: 'missing' }
  /** There is a secret of that name, but none of the type that an agent reads. */
  | { readonly kind: 'other-type'; readonly type: string }
  /** We may not read it, which says nothing of the agent. */
  | { readonly kind: 'not-permitted' };

/**
 * A mesh, or this machine: where workloads with proxies are. The engine drives every target through this port and knows
 * nothing of what is behind it.
 */
export interface Target extends AsyncDisposable {
  readonly name: string;
  readonly capabilities: Capabilities;
  readonly lock: LockPort;
  readonly revisions: RevisionStore;
  readonly rollouts: RolloutStore;
  /** Absent: nothing can be started here beside the workloads. */
  readonly probing?: ProbingPort;
  /** Reads, never writes. Throws `unreachable` or `notPermitted` when nothing can be read at all. */
  observe(query: ObserveQuery, signal: AbortSignal): Promise<Observed>;
  /**
   * Pure: the writes from `observed` to `change`. Every refusal is made here.
   * `modules` has the bytes of every wanted module that is at hand; one that the target still holds may be missing.
   */
  compile(change: Change, observed: Observed, modules: ReadonlyMap<Sha256, Uint8Array>): Compiled;
  /**
   * What stands where these steps would create something or make use of it, and is not known as the fleet's: each of it would
   * make its step fail, and is an error. Reads only. Optional: where nobody else puts anything.
   */
  obstacles?(fleet: string, steps: readonly Step[], signal: AbortSignal): Promise<readonly Diagnostic[]>;
  /**
   * Does one step; idempotent. Throws when the target shows neither `before` nor `after`. Where what stands there had to be
   * read anew, because it is not the very version that the plan saw, `stillOurs` is asked between that reading and the
   * write; it throws when somebody else rolls out by now. So what a successor wrote is never written over.
   */
  apply(step: Step, signal: AbortSignal, stillOurs?: () => Promise<void>): Promise<void>;
  /** Reads every instance of the named workloads once and says what it really runs; ends when all are read. */
  verify(fleet: string, expected: readonly Chain[], signal: AbortSignal): AsyncIterable<InstanceVerdict>;
  /** Reads the counters of every instance of these workloads once. */
  measure(queries: readonly StatsQuery[], signal: AbortSignal): AsyncIterable<InstanceStats>;
  /** Why instances do not show what is expected of them, as far as it can be found out; reads only. Optional. */
  diagnose?(
    fleet: string,
    expected: readonly Chain[],
    observed: Observed,
    signal: AbortSignal,
  ): Promise<Diagnosis>;
  /** Every filter of every instance of these workloads, whoever put it there; reads only. Optional. */
  effective?(workloads: readonly WorkloadPlace[], signal: AbortSignal): AsyncIterable<InstanceChains>;
  /** The login that proxies in a namespace would pull an image with. Optional: where no images are pulled. */
  pullSecret?(namespace: string, name: string, signal: AbortSignal): Promise<PullSecret>;
  /** What a change would leave, for somebody else to apply; asks for no right to write. Optional. */
  render?(change: Change, observed: Observed, modules: ReadonlyMap<Sha256, Uint8Array>): Rendered;
}
