import { readFile } from 'node:fs/promises';
import path from 'node:path';
import {
  buildCFilter,
  buildGoFilter,
  buildRustFilter,
  buildSoloFilter,
  requireComponent,
  skipNote,
  versions,
} from '@wasmcast/testbed';
import { describe, expect, test } from 'vitest';
import { runInEnvoy } from './sides/in-envoy.ts';
import { runInHost } from './sides/in-host.ts';
import type { Observed, Subject } from './sides/observed.ts';

const noEnvoy = await requireComponent('envoy');
const noRust = noEnvoy ?? (await requireComponent('rust'));
const noGo = noEnvoy ?? (await requireComponent('go'));

// Filters of others come as they are: nothing in them helps the comparison, so all that crosses the border is compared.

const areas = ['headers', 'body', 'callout', 'reply', 'state', 'tick'];

describe.skipIf(noRust !== undefined)(`a filter of the Rust SDK${skipNote(noRust)}`, () => {
  test.each(areas)('%s: does here what it does in Envoy', { timeout: 300_000 }, async (area) => {
    const wasm = await readFile(
      await buildRustFilter(path.join(import.meta.dirname, 'foreign', 'rust-areas')),
    );
    await expectSame({ name: area, wasm, configuration: area, requests: 3 });
  });
});

describe.skipIf(noGo !== undefined)(`a filter compiled by Go${skipNote(noGo)}`, () => {
  test('does here what it does in Envoy', { timeout: 300_000 }, async () => {
    const wasm = await buildGoFilter(path.join(import.meta.dirname, 'foreign', 'go'));
    await expectSame({ name: 'go', wasm, configuration: 'some text', requests: 3 });
  });
});

// Its compiler comes as a wheel, as Envoy does.
describe.skipIf(noEnvoy !== undefined)(`a filter in C${skipNote(noEnvoy)}`, () => {
  test('does here what it does in Envoy', { timeout: 600_000 }, async () => {
    const source = path.join(import.meta.dirname, 'foreign', 'c', 'filter.c');
    const wasm = await readFile(await buildCFilter(source));
    await expectSame({ name: 'c', wasm, configuration: 'some text', requests: 3 });
  });
});

describe.skipIf(noEnvoy !== undefined)(`a filter of another AssemblyScript SDK${skipNote(noEnvoy)}`, () => {
  test('does here what it does in Envoy', { timeout: 300_000 }, async () => {
    const wasm = await buildSoloFilter(path.join(import.meta.dirname, 'foreign', 'solo-io'));
    await expectSame({ name: 'solo', wasm, configuration: 'some text', requests: 3 });
  });
});

async function expectSame(subject: Subject): Promise<void> {
  const there = await runInEnvoy([subject], versions.envoy);
  const here = await runInHost([subject]);
  expect(there.crossings.length).toBeGreaterThan(10);
  expect(observed(here)).toEqual(observed(there));
}

/** Without the looks at the clock by which Go's runtime decides when its collector has worked enough. */
function observed({ crossings, exchanges, stats }: Observed): object {
  return {
    stats,
    crossings: crossings.filter((line) => !line.includes('.clock_time_get')),
    exchanges: [...exchanges],
  };
}
