import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { WasmcastError, exitCodes, hasErrors } from '@wasmcast/core';
import { checkModule } from '@wasmcast/wasm';
import type { Context } from '../context.ts';
import { CommandFailed } from '../failure.ts';
import { pushModule } from '@wasmcast/oci';
import { registryOptions } from '../modules/registry-options.ts';
import { count, size } from '../views/text.ts';
import type { View } from '../views/view.ts';

/** `wasmcast push REF [MODULE]`: checks the module and pushes it; stdout is `repository@sha256:…` alone. */
export async function push(
  reference: string,
  file: string | undefined,
  context: Context,
  view: View,
): Promise<void> {
  const name = file ?? 'build/filter.wasm';
  const wasm = await readFile(path.resolve(context.cwd, name)).catch((cause: unknown) => {
    throw new WasmcastError('WC-CLI-050', `there is no module ${name}`, {
      exit: 'invalid',
      help: 'build it first: wasmcast build',
      cause,
    });
  });
  const { diagnostics } = checkModule(wasm, { file: name, delivery: 'image' });
  view.diagnostics(diagnostics);
  if (hasErrors(diagnostics)) throw new CommandFailed(exitCodes.invalid);
  const pushed = await view.during(
    'push',
    `pushing ${name}, ${size(wasm.length)}`,
    { file: name, bytes: wasm.length },
    pushModule(reference, wasm, registryOptions(context)),
  );
  view.answer('image', `${pushed.image}\n`, { ...pushed, warnings: count(diagnostics.length, 'warning') });
}
