import {
  type Chain,
  type Journal,
  type JournalEntry,
  type Plan,
  type RolloutPolicy,
  planTarget,
} from '@wasmcast/core';
import {
  desiredFilter,
  observedWorkload,
  rolloutPolicy,
  workloadId,
} from '../../../core/src/testing/values.ts';
import type { Ask } from '../gates/ask.ts';
import type { RolloutContext, RolloutResult } from '../rollout/context.ts';
import type { RolloutEvent } from '../rollout/events.ts';
import { newest } from '../rollout/revisions.ts';
import { runRollout } from '../rollout/run-rollout.ts';
import { type MemoryTarget, memoryTarget } from './memory-target.ts';
import { VirtualClock } from './virtual-clock.ts';

const fleet = 'shop';

/** A target in memory and everything that rolls something out onto it. */
export class RolloutWorld {
  readonly target: MemoryTarget;
  readonly events: RolloutEvent[] = [];
  readonly journal: JournalEntry[] = [];
  readonly clock = new VirtualClock();
  /** What HTTP servers answer to gates. */
  ask: Ask = async () => ({ status: 200, body: '' });
  #nonce = 0;

  readonly names: readonly string[];

  constructor(names: readonly string[]) {
    this.names = names;
    this.target = memoryTarget(
      't',
      names.map((name) => ({ id: workloadId(name), labels: observedWorkload(name).labels })),
    );
  }

  /** One filter on every workload, with this configuration. */
  wanted(config = 'x'): Chain[] {
    return this.names.map((name) => ({
      workload: workloadId(name),
      direction: 'inbound',
      filters: [desiredFilter('a', { config: { kind: 'text', text: config } })],
    }));
  }

  /** Which configuration stands on each workload, by name; `-` where there is none. */
  installed(): Record<string, string> {
    return Object.fromEntries(
      this.names.map((name) => {
        const chain = this.target.chains.get(`t/foo/LocalService/${name} inbound`) as unknown as
          | Chain
          | undefined;
        const config = chain?.filters[0]?.config;
        return [name, config?.kind === 'text' ? config.text : '-'];
      }),
    );
  }

  context(change: Partial<RolloutContext> = {}): RolloutContext {
    const open: Journal = {
      append: async (entry) => void this.journal.push(entry),
      [Symbol.asyncDispose]: async () => undefined,
    };
    return {
      target: this.target,
      openJournal: async () => open,
      clock: this.clock,
      emit: (event) => void this.events.push(event),
      ask: (...args) => this.ask(...args),
      by: 'me@here',
      nonce: () => String((this.#nonce += 1)),
      stop: new AbortController().signal,
      signal: new AbortController().signal,
      ...change,
    };
  }

  async plan(
    chains: readonly Chain[],
    policy: Partial<RolloutPolicy> = {},
    removeAll = false,
  ): Promise<Plan> {
    const signal = new AbortController().signal;
    const observed = await this.target.observe({ fleet, selectors: [] }, signal);
    const stored = await this.target.rollouts.read(fleet, signal);
    const { waves, probe, ...rollout } = rolloutPolicy(policy);
    const { plan } = planTarget({
      target: this.target,
      fleet,
      chains,
      observed,
      removeAll,
      retained: [],
      modules: new Map(),
      waves,
      probe,
      revision: newest(this.target.stored),
      ...(stored && { rollout: stored.record }),
    });
    if (plan === undefined) throw new Error('no plan');
    return {
      schema: 'wasmcast.dev/plan/v1',
      fleet,
      cause: removeAll ? 'remove' : 'apply',
      removeAll,
      rollout,
      targets: [plan],
      warnings: [],
    };
  }

  /** Plans and rolls out. */
  async rollOut(
    chains: readonly Chain[],
    policy: Partial<RolloutPolicy> = {},
    change: Partial<RolloutContext> = {},
    removeAll = false,
  ): Promise<RolloutResult> {
    return await this.run(await this.plan(chains, policy, removeAll), change);
  }

  async run(plan: Plan, change: Partial<RolloutContext> = {}): Promise<RolloutResult> {
    const [part] = plan.targets;
    if (part === undefined) throw new Error('no part');
    return await runRollout(plan, part, this.context(change));
  }
}
