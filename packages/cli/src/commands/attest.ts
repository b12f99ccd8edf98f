import { readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import { type JsonObject, WasmcastError } from '@wasmcast/core';
import { attestImage, parseReference, pinnedReference, readPrivateKey } from '@wasmcast/oci';
import type { Context } from '../context.ts';
import { readKeyFile } from '../modules/key-files.ts';
import { registryOptions } from '../modules/registry-options.ts';
import type { View } from '../views/view.ts';

/** cosign's short names (`cosign attest --type`) that are about modules. */
const types: Readonly<Record<string, string>> = {
  slsaprovenance: 'https://slsa.dev/provenance/v0.2',
  slsaprovenance02: 'https://slsa.dev/provenance/v0.2',
  slsaprovenance1: 'https://slsa.dev/provenance/v1',
  spdxjson: 'https://spdx.dev/Document',
  cyclonedx: 'https://cyclonedx.org/bom',
};

/** What a verifier reads at most of a bundle, which holds the predicate in base64. */
const maxBytes = 512 * 1024;

/** Flags of `attest`. */
export interface AttestFlags {
  readonly key?: readonly string[];
  readonly type?: string;
  readonly predicate?: string;
}

/** `wasmcast attest REF`: signs what a document says of the image, by its digest, which is all that stdout says. */
export async function attest(
  reference: string,
  flags: AttestFlags,
  context: Context,
  view: View,
): Promise<void> {
  const predicateType = types[flags.type ?? ''] ?? flags.type ?? '';
  if (!URL.canParse(predicateType)) {
    throw new WasmcastError('WC-CLI-083', `not a type of predicate: ${JSON.stringify(flags.type)}`, {
      exit: 'usage',
      help: `write a URI, or one of ${Object.keys(types).join(', ')}`,
    });
  }
  const predicate = await readPredicate(flags.predicate ?? '', context);
  const pem = await readKeyFile(flags.key?.[0] ?? '', context);
  const key = await readPrivateKey(pem, context.env['COSIGN_PASSWORD'] ?? '');
  const digest = await view.during(
    'attest',
    `attesting ${reference}`,
    { reference, predicateType },
    attestImage(reference, key, { predicateType, predicate }, registryOptions(context, view)),
  );
  const image = pinnedReference(parseReference(reference), digest);
  view.answer('attestation', `${image}\n`, { image, digest, predicateType });
}

async function readPredicate(file: string, context: Context): Promise<JsonObject> {
  const full = path.resolve(context.cwd, file);
  const fault = (why: string): WasmcastError =>
    new WasmcastError('WC-CLI-084', `the predicate ${file} ${why}`, { exit: 'invalid' });
  const info = await stat(full).catch(() => undefined);
  if (info === undefined || !info.isFile()) throw fault('is not there');
  if (info.size > maxBytes) throw fault('is larger than 512 KiB');
  let value: unknown;
  try {
    value = JSON.parse(await readFile(full, 'utf8'));
  } catch {
    throw fault('is not JSON');
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw fault('is not a JSON object');
  return value as JsonObject;
}
