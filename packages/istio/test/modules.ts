import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import type { Sha256 } from '@wasmcast/core';
import type { ModuleFixture } from '@wasmcast/core/testing';

const source = new URL('../testdata/assembly/echo-config.ts', import.meta.url);

/** The test filter, and the same with another custom section: another digest, the same behaviour. */
export async function compileModules(): Promise<{ readonly a: ModuleFixture; readonly b: ModuleFixture }> {
  const { main } = await import('assemblyscript/asc');
  const text = await readFile(source, 'utf8');
  let wasm: Uint8Array | undefined;
  const options = ['filter.ts', '-o', 'filter.wasm', '-O', '--runtime', 'minimal'];
  const { error } = await main([...options, '--use', 'abort=filter/stop', '--exportStart', '_initialize'], {
    readFile: (name) => (name === 'filter.ts' ? text : null),
    writeFile: (name, content) => {
      if (name === 'filter.wasm' && typeof content !== 'string') wasm = content;
    },
    listFiles: () => [],
  });
  if (error !== null || wasm === undefined)
    throw new Error(`the test filter does not compile: ${error?.message ?? 'nothing was written'}`);
  return { a: fixture(withSection(wasm, 'a')), b: fixture(withSection(wasm, 'b')) };
}

/** A module that asks its host for a function that no host has: the last letter of an import is another. */
export function withImport(wasm: Uint8Array): ModuleFixture {
  const bytes = Buffer.from(wasm);
  const name = 'proxy_add_header_map_value';
  const at = bytes.indexOf(name);
  if (at < 0) throw new Error(`the test filter does not import ${name}`);
  bytes[at + name.length - 1] = 'f'.charCodeAt(0);
  return fixture(bytes);
}

function fixture(bytes: Uint8Array): ModuleFixture {
  return { bytes, digest: createHash('sha256').update(bytes).digest('hex') as Sha256 };
}

/** A custom section (id 0) with a name of one byte and nothing in it. */
function withSection(wasm: Uint8Array, name: string): Uint8Array {
  return Buffer.concat([wasm, Buffer.from([0, 2, 1]), Buffer.from(name)]);
}
