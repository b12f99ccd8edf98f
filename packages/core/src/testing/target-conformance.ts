import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Delivery, Direction } from '../model/filter.ts';
import { workloadAddress } from '../model/workload.ts';
import { describeTargetState } from './target-state-conformance.ts';
import { TargetDriver, throughJson } from './target-driver.ts';
import type { TargetFixture } from './target-fixture.ts';

const deliveries: readonly Delivery[] = ['configmap', 'image', 'embedded'];
const directions: readonly Direction[] = ['inbound', 'outbound', 'gateway'];

/** What the suite needs to know before the fixture stands. */
export interface ConformanceOptions {
  /** Milliseconds for one test, which may roll out several times. */
  readonly testMs: number;
  /** Milliseconds to set up and to tidy up. */
  readonly setupMs: number;
}

/**
 * What every target must do, driven through the port and its capabilities alone. Each test brings the target to the state
 * that it starts from, so that any of them can run alone.
 */
export function describeTarget(
  name: string,
  setup: () => Promise<TargetFixture>,
  { testMs, setupMs }: ConformanceOptions,
): void {
  describe(`target conformance: ${name}`, { timeout: testMs }, () => {
    let fixture: TargetFixture;
    let driver: TargetDriver;

    beforeAll(async () => {
      fixture = await setup();
      driver = new TargetDriver(fixture, 'conformance');
    }, setupMs);

    afterAll(async () => {
      if (fixture === undefined) return;
      await driver.roll({}, true);
      await fixture[Symbol.asyncDispose]();
    }, setupMs);

    describe('observe', () => {
      it('finds the workloads with their instances and no chain of a fleet that is not there', async () => {
        await driver.roll({}, true);
        const observed = await driver.observe();
        expect(observed.target).toBe(fixture.target.name);
        for (const which of ['first', 'second'] as const) {
          const workload = driver.workload(observed, which);
          expect(workload.id.target).toBe(fixture.target.name);
          expect(workload.instances.length).toBeGreaterThan(0);
          for (const instance of workload.instances) expect(instance.workload).toEqual(workload.id);
          expect(workload.chains.filter((chain) => chain.filters.length > 0)).toEqual([]);
        }
      });

      it('gives the same version while nothing changes, and another when the chain has changed', async () => {
        await driver.roll({ first: [driver.filter('one', 'a')] });
        const before = driver.workload(await driver.observe(), 'first');
        expect(driver.workload(await driver.observe(), 'first').version).toBe(before.version);
        await driver.roll({ first: [driver.filter('one', 'a', { changed: 'yes' })] });
        expect(driver.workload(await driver.observe(), 'first').version).not.toBe(before.version);
      });

      it('rejects with the reason of its signal', async () => {
        const reason = new Error('no time');
        const query = { fleet: driver.fleet, selectors: [fixture.workloads.first] };
        await expect(fixture.target.observe(query, AbortSignal.abort(reason))).rejects.toBe(reason);
      });
    });

    describe('a change', () => {
      it('installs a chain that is then live, and is observed as wanted', async () => {
        await driver.roll({}, true);
        const wanted = { first: [driver.filter('one', 'a'), driver.filter('two', 'b')] };
        expect(await driver.verdictsOn('one', wanted.first)).toEqual(['not-in-chain']);
        const steps = await driver.roll(wanted);
        expect(steps.length).toBeGreaterThan(0);
        const { chains } = driver.workload(await driver.observe(), 'first');
        expect(chains.filter((c) => c.filters.length > 0)).toMatchObject([
          { direction: fixture.direction, filters: wanted.first },
        ]);
      });

      it('consists of steps that are JSON, have ids of their own, and name a workload of the change', async () => {
        await driver.roll({}, true);
        const observed = await driver.observe();
        const steps = driver.plan(observed, { first: [driver.filter('one', 'a')] });
        expect(steps.map(throughJson)).toEqual(steps);
        expect(new Set(steps.map((step) => step.id)).size).toBe(steps.length);
        const first = workloadAddress(driver.workload(observed, 'first').id);
        for (const step of steps) {
          expect([first, undefined]).toContain(step.workload);
          expect(step.before).not.toEqual(step.after);
        }
      });

      it('is empty when nothing is to be changed', async () => {
        const wanted = { first: [driver.filter('one', 'a')], second: [driver.filter('two', 'b')] };
        await driver.roll(wanted);
        expect(driver.plan(await driver.observe(), wanted)).toEqual([]);
      });

      it('compiles to the same steps from the same observation', async () => {
        await driver.roll({});
        const observed = await driver.observe();
        const wanted = { first: [driver.filter('one', 'a')], second: [driver.filter('one', 'a')] };
        expect(driver.plan(observed, wanted)).toEqual(driver.plan(observed, wanted));
      });

      it('may be applied twice', async () => {
        await driver.roll({ first: [driver.filter('one', 'a')] });
        const wanted = { first: [driver.filter('one', 'b')] };
        const steps = driver.plan(await driver.observe(), wanted).filter((s) => s.stage !== 'cleanup');
        await driver.apply(steps);
        await driver.apply(steps);
        await driver.live(wanted);
        const rest = driver.plan(await driver.observe(), wanted);
        expect(rest.filter((step) => step.stage !== 'cleanup')).toEqual([]);
      });

      it('of the configuration alone restarts nothing', async () => {
        await driver.roll({ first: [driver.filter('one', 'a')] });
        const wanted = { first: [driver.filter('one', 'a', { greeting: 'other' })] };
        expect(await driver.verdictsOn('one', wanted.first)).toEqual(['wrong-config']);
        const steps = await driver.roll(wanted);
        expect(steps.length).toBeGreaterThan(0);
        expect(steps.map((step) => step.restarts)).toEqual(steps.map(() => 0));
      });

      it('of the module is seen by its digest', async () => {
        await driver.roll({ first: [driver.filter('one', 'a')] });
        const wanted = { first: [driver.filter('one', 'b')] };
        expect(await driver.verdictsOn('one', wanted.first)).toEqual(['wrong-digest']);
        const steps = await driver.roll(wanted);
        const restarts = steps.reduce((sum, step) => sum + step.restarts, 0);
        expect(restarts === 0 || fixture.target.capabilities.restartsInstances).toBe(true);
      });

      it('of the order is seen by the order', async () => {
        const [one, two] = [driver.filter('one', 'a'), driver.filter('two', 'b')];
        await driver.roll({ first: [one, two] });
        expect(await driver.verdictsOn('one', [two, one])).toEqual(['out-of-order']);
        await driver.roll({ first: [two, one] });
        expect(await driver.verdictsOn('one', [one, two])).toEqual(['out-of-order']);
      });

      it('of one workload leaves the other alone', async () => {
        const second = [driver.filter('two', 'b')];
        await driver.roll({ first: [driver.filter('one', 'a')], second });
        const observed = await driver.observe();
        const steps = driver.plan(observed, { first: [driver.filter('one', 'b')], second });
        const other = workloadAddress(driver.workload(observed, 'second').id);
        expect(steps.filter((step) => step.workload === other)).toEqual([]);
      });

      it('that is taken back, last step first, leaves what was there before', async () => {
        const before = { first: [driver.filter('one', 'a')] };
        await driver.roll({}, true);
        await driver.roll(before);
        const chains = driver.workload(await driver.observe(), 'first').chains;
        const after = { first: [driver.filter('two', 'b'), driver.filter('one', 'a')] };
        const steps = driver.plan(await driver.observe(), after).filter((step) => step.stage !== 'cleanup');
        await driver.apply(steps);
        await driver.live(after);
        await driver.undo(steps);
        await driver.live(before);
        expect(driver.workload(await driver.observe(), 'first').chains).toEqual(chains);
        expect(driver.plan(await driver.observe(), before)).toEqual([]);
      });

      it('is refused when the target has moved since, and then changes nothing', async () => {
        await driver.roll({ first: [driver.filter('one', 'a')] });
        const observed = await driver.observe();
        const late = driver.plan(observed, { first: [driver.filter('one', 'a', { from: 'late' })] });
        const won = { first: [driver.filter('one', 'a', { from: 'winner' })] };
        await driver.roll(won);
        await expect(driver.apply(late)).rejects.toMatchObject({ name: 'WasmcastError' });
        await driver.live(won);
      });

      it('keeps modules that a retained revision names, until the whole fleet goes', async () => {
        await driver.roll({}, true);
        await driver.roll({ first: [driver.filter('one', 'a')] });
        const observed = await driver.observe();
        const chains = driver.chains(observed, {});
        const retained = [fixture.modules.a.digest];
        const change = { fleet: driver.fleet, chains, removeAll: false, retained };
        const kept = fixture.target.compile(change, observed, new Map());
        expect(kept.steps.filter((step) => step.stage === 'cleanup')).toEqual([]);
      });
    });

    describe('verify', () => {
      it('names what is there and should not be', async () => {
        await driver.roll({ first: [driver.filter('one', 'a'), driver.filter('two', 'b')] });
        const expected = [driver.filter('one', 'a')];
        expect(await driver.verdictsOn('two', expected)).toEqual(['still-there']);
        expect(await driver.verdictsOn('one', expected)).toEqual(['live']);
      });

      it('reads every instance', async () => {
        await driver.roll({ first: [driver.filter('one', 'a')] });
        const verdicts = await driver.live({ first: [driver.filter('one', 'a')] });
        const observed = await driver.observe();
        const instances = (['first', 'second'] as const).flatMap(
          (which) => driver.workload(observed, which).instances,
        );
        const uids = (list: readonly { readonly uid: string }[]) => list.map((i) => i.uid).toSorted();
        expect(uids(verdicts.map((v) => v.instance))).toEqual(uids(instances));
      });
    });

    describe('two fleets on one workload', () => {
      it('do not disturb each other', async () => {
        const other = new TargetDriver(fixture, 'conformance-other');
        await driver.roll({ first: [driver.filter('one', 'a')] });
        await other.roll({ first: [other.filter('one', 'b')] });
        await driver.live({ first: [driver.filter('one', 'a')] });
        await driver.roll({}, true);
        await other.live({ first: [other.filter('one', 'b')] });
        expect(other.plan(await other.observe(), { first: [other.filter('one', 'b')] })).toEqual([]);
        await other.roll({}, true);
      });
    });

    describe('remove', () => {
      it('leaves nothing of the fleet', async () => {
        await driver.roll({}, true);
        const clean = await driver.observe();
        await driver.roll({ first: [driver.filter('one', 'a')], second: [driver.filter('two', 'b')] });
        await driver.roll({}, true);
        const observed = await driver.observe();
        expect(driver.plan(observed, {}, true)).toEqual([]);
        for (const which of ['first', 'second'] as const)
          expect(driver.workload(observed, which).chains).toEqual(driver.workload(clean, which).chains);
        const verdicts = await driver.read({});
        expect(verdicts.flatMap((v) => v.filters)).toEqual([]);
      });
    });

    describe('a refusal', () => {
      /** Error codes and number of steps of a chain that should not be possible. */
      const compileOdd = async (delivery: Delivery, direction: Direction) => {
        const observed = await driver.observe();
        const workload = driver.workload(observed, 'first').id;
        const filters = [{ ...driver.filter('one', 'a'), delivery }];
        const { steps, diagnostics } = fixture.target.compile(
          { fleet: driver.fleet, chains: [{ workload, direction, filters }], removeAll: false, retained: [] },
          observed,
          new Map([[fixture.modules.a.digest, fixture.modules.a.bytes]]),
        );
        return { refused: diagnostics.some((d) => d.severity === 'error'), steps: steps.length };
      };

      it('meets each direction that the capabilities do not name', async () => {
        const missing = directions.filter((d) => !fixture.target.capabilities.directions.includes(d));
        const results = await Promise.all(missing.map((d) => compileOdd(fixture.delivery, d)));
        expect(results).toEqual(missing.map(() => ({ refused: true, steps: 0 })));
      });

      it('meets each delivery that the capabilities do not name', async () => {
        const missing = deliveries.filter((d) => !fixture.target.capabilities.deliveries.includes(d));
        const results = await Promise.all(missing.map((d) => compileOdd(d, fixture.direction)));
        expect(results).toEqual(missing.map(() => ({ refused: true, steps: 0 })));
      });
    });

    describeTargetState(() => fixture);
  });
}
