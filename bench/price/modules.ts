import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { buildGoFilter, buildRustFilter, buildSoloFilter } from '@wasmcast/testbed';
import { buildFilter } from '@wasmcast/wasm';
import asc from 'assemblyscript/asc';

/** Who wrote the filter. */
export type Maker = 'wasmcast' | 'rust' | 'go' | 'solo' | 'floor';

export const makers: readonly Maker[] = ['wasmcast', 'rust', 'go', 'solo', 'floor'];

/** Solo's SDK writes no bodies, and has neither JSON nor hashes. */
const soloHas = ['add-header', 'decide'];

/** The floor is no SDK: the least that a filter can be. */
const floorHas = ['add-header'];

/** Who has a filter for a case. */
export function makersOf(name: string): readonly Maker[] {
  const has: Partial<Record<Maker, readonly string[]>> = { solo: soloHas, floor: floorHas };
  return makers.filter((maker) => has[maker]?.includes(name) ?? true);
}

const filters = path.join(import.meta.dirname, 'filters');
const sdk = path.resolve(import.meta.dirname, '../../packages/sdk');

/** Every maker's module for a case. Those of Rust and Go have all cases in one, chosen by their configuration. */
export async function buildModules(
  cases: Iterable<string>,
): Promise<(maker: Maker, name: string) => Uint8Array> {
  const ours = new Map<string, Uint8Array>();
  for (const name of new Set(cases)) ours.set(name, await build(name));
  const rust = await readFile(await buildRustFilter(path.join(filters, 'rust')));
  const go = await buildGoFilter(path.join(filters, 'go'));
  const solo = new Map<string, Uint8Array>();
  for (const name of soloHas) solo.set(name, await buildSoloFilter(path.join(filters, 'solo', name)));
  const floor = await buildFloor();
  return (maker, name) => {
    const modules = { rust, go, floor, solo: solo.get(name), wasmcast: ours.get(name) };
    const module = modules[maker];
    if (module === undefined) throw new Error(`${maker} has no filter ${name}`);
    return module;
  };
}

/** The configuration as that maker's filter wants it; Solo's SDK traps when there is none. */
export function configurationFor(maker: Maker, name: string, configuration: string): string {
  if (maker === 'solo') return name;
  return maker === 'rust' || maker === 'go' ? `${name}\n${configuration}` : configuration;
}

async function build(name: string): Promise<Uint8Array> {
  const root = path.join(filters, 'sdk', name);
  const result = await buildFilter({ root, mode: 'release', resolveFrom: [sdk] });
  if (result.kind === 'failed') throw new Error(result.diagnostics.map((d) => d.summary).join('\n'));
  return result.wasm;
}

/** Compiled without anything around it: no SDK, no memory management, no start. */
async function buildFloor(): Promise<Uint8Array> {
  const entry = path.join(filters, 'floor/assembly/index.ts');
  const source = await readFile(entry, 'utf8');
  let wasm: Uint8Array | undefined;
  const { error } = await asc.main(['index.ts', '-o', 'out.wasm', '-O3', '--runtime', 'stub'], {
    readFile: (name) => (name === 'index.ts' ? source : null),
    writeFile: (_name, content) => {
      wasm = Buffer.from(content);
    },
    listFiles: () => [],
  });
  if (wasm === undefined) throw error ?? new Error('asc wrote nothing');
  return wasm;
}
