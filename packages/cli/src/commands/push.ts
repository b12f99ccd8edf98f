import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { WasmcastError, exitCodes, hasErrors } from '@wasmcast/core';
import { type Attachment, type ImageMetadata, type WasmLayout, attachFile, pushModule } from '@wasmcast/oci';
import { type ModuleFacts, checkModule } from '@wasmcast/wasm';
import type { Context } from '../context.ts';
import { CommandFailed } from '../failure.ts';
import { registryOptions } from '../modules/registry-options.ts';
import { count, size } from '../views/text.ts';
import type { View } from '../views/view.ts';

/** Flags of `push`. */
export interface PushFlags {
  readonly layout?: WasmLayout;
  readonly rootId?: readonly string[];
  readonly revision?: string;
  readonly annotation?: readonly string[];
  readonly mountFrom?: readonly string[];
  readonly attach?: readonly string[];
}

/** `wasmcast push REF [MODULE]`: checks the module and pushes it; stdout is `repository@sha256:…` alone. */
export async function push(
  reference: string,
  file: string | undefined,
  flags: PushFlags,
  context: Context,
  view: View,
): Promise<void> {
  const annotations = Object.fromEntries((flags.annotation ?? []).map(keyAndValue));
  const attachments = await Promise.all((flags.attach ?? []).map((text) => readAttachment(text, context)));
  const name = file ?? 'build/filter.wasm';
  const wasm = await readFile(path.resolve(context.cwd, name)).catch((cause: unknown) => {
    throw new WasmcastError('WC-CLI-050', `there is no module ${name}`, {
      exit: 'invalid',
      help: 'build it first: wasmcast build',
      cause,
    });
  });
  const { facts, diagnostics } = checkModule(wasm, { file: name, delivery: 'image' });
  view.diagnostics(diagnostics);
  if (facts === undefined || hasErrors(diagnostics)) throw new CommandFailed(exitCodes.invalid);
  const { layout, mountFrom } = flags;
  const options = registryOptions(context, view);
  const pushed = await view.during(
    'push',
    `pushing ${name}, ${size(wasm.length)}`,
    { file: name, bytes: wasm.length },
    pushModule(reference, wasm, {
      ...options,
      metadata: metadataOf(facts, flags),
      annotations,
      ...(layout !== undefined && { layout }),
      ...(mountFrom !== undefined && { mountFrom }),
    }),
  );
  const attached: string[] = [];
  for (const each of attachments) attached.push(await attachFile(pushed.image, each, options));
  view.answer('image', `${pushed.image}\n`, {
    ...pushed,
    attached,
    warnings: count(diagnostics.length, 'warning'),
  });
}

/** A document that travels with the image, as `type=file`. */
async function readAttachment(text: string, context: Context): Promise<Attachment> {
  const [artifactType, file] = keyAndValue(text);
  const bytes = await readFile(path.resolve(context.cwd, file)).catch((cause: unknown) => {
    throw new WasmcastError('WC-CLI-052', `there is no file ${file} to attach`, { exit: 'invalid', cause });
  });
  const annotations = { 'org.opencontainers.image.title': path.basename(file) };
  return { artifactType, bytes, annotations };
}

/** Only what follows from the bytes, and what was asked for: equal modules give equal images, wherever they are pushed. */
function metadataOf(facts: ModuleFacts, flags: PushFlags): ImageMetadata {
  const { abi, sdk } = facts;
  return {
    ...(abi !== undefined && { abi }),
    imports: facts.imports.map((each) => `${each.module}.${each.name}`),
    ...(sdk !== undefined && { sdk: [sdk.name, sdk.version].filter(Boolean).join(' ') }),
    ...(flags.rootId !== undefined && { rootIds: flags.rootId }),
    ...(flags.revision !== undefined && { revision: flags.revision }),
  };
}

function keyAndValue(text: string): [string, string] {
  const equals = text.indexOf('=');
  if (equals > 0) return [text.slice(0, equals), text.slice(equals + 1)];
  throw new WasmcastError('WC-CLI-051', `not key=value: ${JSON.stringify(text)}`, { exit: 'usage' });
}
