import type { Sha256 } from '../digest.ts';
import type { Chain } from '../model/chain.ts';
import type { DesiredFilter } from '../model/filter.ts';
import { inverse, type Step } from '../model/step.ts';
import { isLive, type InstanceVerdict, type VerdictKind } from '../model/verdict.ts';
import { instanceAddress, selects, workloadAddress, type Selector } from '../model/workload.ts';
import type { Compiled, Observed, ObservedWorkload } from '../ports/target.ts';
import { fixtureFilter, type TargetFixture } from './target-fixture.ts';

/** What a fleet shall have on the two workloads of a fixture. */
export interface Wanted {
  readonly first?: readonly DesiredFilter[];
  readonly second?: readonly DesiredFilter[];
}

/** Drives a target as the engine does, through its port alone, for one fleet. Every step goes through JSON text. */
export class TargetDriver {
  readonly fixture: TargetFixture;
  readonly fleet: string;
  readonly #modules: ReadonlyMap<Sha256, Uint8Array>;

  constructor(fixture: TargetFixture, fleet: string) {
    this.fixture = fixture;
    this.fleet = fleet;
    this.#modules = new Map([fixture.modules.a, fixture.modules.b].map((m) => [m.digest, m.bytes]));
  }

  filter = (
    name: string,
    module: 'a' | 'b',
    config: { readonly [key: string]: string } = {},
  ): DesiredFilter => fixtureFilter(this.fixture, name, this.fixture.modules[module], { name, ...config });

  /** A signal that no call of the suite should outlive. */
  signal(): AbortSignal {
    return AbortSignal.timeout(this.fixture.convergeMs);
  }

  observe(): Promise<Observed> {
    const { first, second } = this.fixture.workloads;
    return this.fixture.target.observe({ fleet: this.fleet, selectors: [first, second] }, this.signal());
  }

  /** The one workload that a selector of the fixture means. */
  workload(observed: Observed, which: 'first' | 'second'): ObservedWorkload {
    const selector: Selector = this.fixture.workloads[which];
    const [found, ...more] = observed.workloads.filter((w) => selects(selector, w.id, w.labels));
    if (found === undefined || more.length > 0)
      throw new Error(
        `the ${which} selector of the fixture means ${more.length + (found ? 1 : 0)} workloads`,
      );
    return found;
  }

  /** Chains for both workloads; what is not wanted is an empty chain. */
  chains(observed: Observed, wanted: Wanted): readonly Chain[] {
    return (['first', 'second'] as const).map((which) => ({
      workload: this.workload(observed, which).id,
      direction: this.fixture.direction,
      filters: wanted[which] ?? [],
    }));
  }

  compile(observed: Observed, wanted: Wanted, removeAll = false): Compiled {
    const chains = this.chains(observed, wanted);
    return this.fixture.target.compile(
      { fleet: this.fleet, chains, removeAll, retained: [] },
      observed,
      this.#modules,
    );
  }

  /** Like {@link compile}, where a refusal is not expected. */
  plan(observed: Observed, wanted: Wanted, removeAll = false): readonly Step[] {
    const { steps, diagnostics } = this.compile(observed, wanted, removeAll);
    const errors = diagnostics.filter((d) => d.severity === 'error');
    if (errors.length > 0) throw new Error(errors.map((d) => `${d.code} ${d.summary}`).join('\n'));
    return steps;
  }

  async apply(steps: readonly Step[]): Promise<void> {
    for (const step of steps)
      // oxlint-disable-next-line no-await-in-loop
      await this.fixture.target.apply(throughJson(step), this.signal());
  }

  /** Takes steps back, last first. */
  undo(steps: readonly Step[]): Promise<void> {
    return this.apply(steps.toReversed().map((step) => inverse(throughJson(step))));
  }

  /** Brings the target to what is wanted, the way a rollout does; gives the steps that it took. */
  async roll(wanted: Wanted, removeAll = false): Promise<readonly Step[]> {
    const observed = await this.observe();
    const steps = this.plan(observed, wanted, removeAll);
    await this.apply(steps.filter((step) => step.stage === 'prepare'));
    await this.apply(steps.filter((step) => step.stage === 'change'));
    await this.live(wanted);
    await this.apply(steps.filter((step) => step.stage === 'cleanup'));
    return steps;
  }

  /** Reads all instances of both workloads once. */
  async read(wanted: Wanted): Promise<readonly InstanceVerdict[]> {
    const chains = this.chains(await this.observe(), wanted);
    const verdicts: InstanceVerdict[] = [];
    for await (const verdict of this.fixture.target.verify(this.fleet, chains, this.signal()))
      verdicts.push(verdict);
    return verdicts;
  }

  /** Waits until every instance shows exactly what is wanted; fails with what they show instead. */
  async live(wanted: Wanted): Promise<readonly InstanceVerdict[]> {
    const deadline = performance.now() + this.fixture.convergeMs;
    for (;;) {
      // oxlint-disable-next-line no-await-in-loop
      const verdicts = await this.read(wanted);
      const seen = new Set(verdicts.map((v) => workloadAddress(v.instance.workload)));
      if (seen.size === 2 && verdicts.every(isLive)) return verdicts;
      if (performance.now() > deadline) throw new Error(`not live in time:\n${describeVerdicts(verdicts)}`);
      // oxlint-disable-next-line no-await-in-loop
      await new Promise((resolve) => setTimeout(resolve, this.fixture.pollMs));
    }
  }

  /** The verdicts on one filter in all instances of the first workload, without repetition. */
  async verdictsOn(filter: string, expected: readonly DesiredFilter[]): Promise<readonly VerdictKind[]> {
    const verdicts = await this.read({ first: expected });
    const { id } = this.workload(await this.observe(), 'first');
    const kinds = verdicts
      .filter((v) => workloadAddress(v.instance.workload) === workloadAddress(id))
      .flatMap((v) => v.filters.filter((f) => f.filter === filter).map((f) => f.verdict));
    return [...new Set(kinds)];
  }
}

/** What a step is after it was saved and read again. */
export function throughJson(step: Step): Step {
  return JSON.parse(JSON.stringify(step)) as Step;
}

function describeVerdicts(verdicts: readonly InstanceVerdict[]): string {
  if (verdicts.length === 0) return '(no instance answered)';
  return verdicts
    .map(
      ({ instance, filters }) =>
        `${instanceAddress(instance)}: ${filters.map((f) => `${f.filter} ${f.verdict} (${f.evidence ?? ''})`).join(', ')}`,
    )
    .join('\n');
}
