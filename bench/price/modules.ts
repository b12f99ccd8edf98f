import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { buildGoFilter, buildRustFilter } from '@wasmcast/testbed';
import { buildFilter } from '@wasmcast/wasm';

/** Who wrote the filter. */
export type Maker = 'wasmcast' | 'rust' | 'go';

export const makers: readonly Maker[] = ['wasmcast', 'rust', 'go'];

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
  return (maker, name) => {
    const module = maker === 'rust' ? rust : maker === 'go' ? go : ours.get(name);
    if (module === undefined) throw new Error(`${maker} has no filter ${name}`);
    return module;
  };
}

/** The configuration as that maker's filter wants it. */
export function configurationFor(maker: Maker, name: string, configuration: string): string {
  return maker === 'wasmcast' ? configuration : `${name}\n${configuration}`;
}

async function build(name: string): Promise<Uint8Array> {
  const root = path.join(filters, 'sdk', name);
  const result = await buildFilter({ root, mode: 'release', resolveFrom: [sdk] });
  if (result.kind === 'failed') throw new Error(result.diagnostics.map((d) => d.summary).join('\n'));
  return result.wasm;
}
