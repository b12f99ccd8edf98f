import { requireComponent, skipNote } from '@wasmcast/testbed';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { compileFilter } from './compile.ts';
import { EnvoySide } from './envoy-side.ts';
import { runInHost } from './host-side.ts';
import { celScenario } from './scenarios/foreign.ts';
import { scenarios } from './scenarios/index.ts';

const missing = await requireComponent('envoy');

describe.skipIf(missing !== undefined)(`this host does what Envoy does${skipNote(missing)}`, () => {
  let probe: Uint8Array;
  let envoy: EnvoySide;

  beforeAll(async () => {
    probe = await compileFilter('probe');
    envoy = await EnvoySide.start([...scenarios, celScenario], probe);
  }, 120_000);

  afterAll(async () => {
    await envoy[Symbol.asyncDispose]();
  });

  test.each(scenarios.map((scenario) => ({ name: scenario.name, scenario })))(
    '$name',
    async ({ scenario }) => {
      const [there, here] = [await envoy.run(scenario), await runInHost(scenario, probe)];
      expect(here.logs).toEqual(there.logs);
      expect(scenario.upstreamRaces === true ? { ...here, upstream: there.upstream } : here).toEqual(there);
    },
  );

  test('but for expressions of CEL, which are the difference no-cel of docs/host-agreement.md', async () => {
    const [there, here] = [await envoy.run(celScenario), await runInHost(celScenario, probe)];
    const results = (lines: readonly string[]): unknown => lines.map((line) => line.split(': ')[1]);
    expect(results(there.logs)).toEqual([String.raw`0 [4] \x00\x00\x00\x00`, '0 [1] /', '0 [0] ']);
    expect(results(here.logs)).toEqual(['1', '1', '1']);
  });
});
