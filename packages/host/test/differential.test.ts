import { requireComponent, skipNote } from '@wasmcast/testbed';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { compileFilter } from './compile.ts';
import { EnvoySide } from './envoy-side.ts';
import { runInHost } from './host-side.ts';
import { scenarios } from './scenarios/index.ts';

const missing = await requireComponent('envoy');

describe.skipIf(missing !== undefined)(`this host does what Envoy does${skipNote(missing)}`, () => {
  let probe: Uint8Array;
  let envoy: EnvoySide;

  beforeAll(async () => {
    probe = await compileFilter('probe');
    envoy = await EnvoySide.start(scenarios, probe);
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
});
