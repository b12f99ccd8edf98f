import { type InstanceVerdict, instanceKey, isLive } from '@wasmcast/core';
import type { Measurement, ProbeEnd, RolloutEvent } from '@wasmcast/engine';

/** What a gate of the last wave said. */
export interface GateEvidence extends Measurement {
  readonly gate: string;
  /** How often it was measured, and how often it passed. */
  readonly measured: number;
  readonly passed: number;
}

/** How a probe ended that was started before the first wave. */
export interface ProbeEvidence extends ProbeEnd {
  readonly probe: string;
  /** Address of the workload that it stood for. */
  readonly workload: string;
}

/** What was seen of a rollout until it failed, was paused or became live. */
export interface Evidence {
  /** The last wave that began. */
  readonly wave?: {
    /** From 1. */
    readonly number: number;
    readonly waves: number;
    readonly workloads: readonly string[];
    /** When it began, RFC 3339. */
    readonly since: string;
  };
  /** What was tried before the first wave; absent: nothing. */
  readonly probes?: readonly ProbeEvidence[];
  /** The gates as they were measured last in that wave. */
  readonly gates: readonly GateEvidence[];
  /** The instances of that wave that did not show what was expected, as they were read last. */
  readonly notLive: readonly InstanceVerdict[];
  /** When it failed, was paused or ended, RFC 3339. */
  readonly at?: string;
}

/**
 * Gathers the evidence of one rollout from its events. It stops when the rollout goes back: what is read from then on shows
 * the way back, not what went wrong.
 */
export class Witness {
  readonly #now: () => number;
  readonly #gates = new Map<string, GateEvidence>();
  readonly #instances = new Map<string, InstanceVerdict>();
  readonly #probes: ProbeEvidence[] = [];
  #wave: Evidence['wave'];
  #at: string | undefined;

  /** `now`: milliseconds since the epoch. */
  constructor(now: () => number) {
    this.#now = now;
  }

  /** Takes one event in. */
  take(event: RolloutEvent): void {
    if (this.#at !== undefined) return;
    switch (event.type) {
      case 'probe-done': {
        const { probe, workload, outcome, says } = event;
        this.#probes.push({ probe, workload, outcome, says });
        return;
      }
      case 'wave-started': {
        const { wave: number, waves, workloads } = event;
        this.#wave = { number, waves, workloads, since: this.#time() };
        this.#gates.clear();
        this.#instances.clear();
        return;
      }
      case 'gate': {
        const { gate, outcome, says } = event;
        const before = this.#gates.get(gate) ?? { measured: 0, passed: 0 };
        const passed = before.passed + (outcome === 'pass' ? 1 : 0);
        this.#gates.set(gate, { gate, outcome, says, measured: before.measured + 1, passed });
        return;
      }
      case 'instance':
        this.#instances.set(instanceKey(event.verdict.instance), event.verdict);
        return;
      case 'instance-gone':
        this.#instances.delete(`${event.instance} ${event.uid}`);
        return;
      case 'going-back':
      case 'rollout-finished':
        this.#at = this.#time();
        return;
      case 'rollout-started':
      case 'probe-started':
      case 'wave-done':
      case 'waiting':
      case 'step-started':
      case 'step-done':
      case 'step-failed':
      case 'progress':
      case 'unreadable':
      case 'remark':
      case 'revision':
        return;
    }
  }

  /** What was gathered. */
  get evidence(): Evidence {
    return {
      ...(this.#wave !== undefined && { wave: this.#wave }),
      ...(this.#probes.length > 0 && { probes: this.#probes }),
      gates: [...this.#gates.values()],
      notLive: [...this.#instances.values()].filter((verdict) => !isLive(verdict)),
      ...(this.#at !== undefined && { at: this.#at }),
    };
  }

  #time(): string {
    return new Date(this.#now()).toISOString();
  }
}
