import { type Diagnostic, WasmcastError, exitCodes, hasErrors } from '@wasmcast/core';
import {
  type InspectedImage,
  type VerifiedSignature,
  agentDiagnostics,
  inspectImage,
  istioVersions,
  newestIstio,
  parseIstioVersion,
  readPublicKey,
  verifySignatures,
} from '@wasmcast/oci';
import type { Context } from '../context.ts';
import { CommandFailed } from '../failure.ts';
import { readKeyFile } from '../modules/key-files.ts';
import { registryOptions } from '../modules/registry-options.ts';
import { imageText } from '../views/image-text.ts';
import type { View } from '../views/view.ts';

/**
 * `wasmcast inspect REF`: what an image is; ends with 65 when the Istio in question (the newest, if none is named) would
 * refuse it, or when none of the given keys has signed it.
 */
export async function inspect(
  reference: string,
  flags: { readonly istio?: string; readonly key?: readonly string[] },
  context: Context,
  view: View,
): Promise<void> {
  const istio = flags.istio === undefined ? undefined : parseIstioVersion(flags.istio);
  if (istio === undefined && flags.istio !== undefined) {
    throw new WasmcastError('WC-CLI-062', `not a version of Istio: ${JSON.stringify(flags.istio)}`, {
      exit: 'usage',
      help: `known: ${istioVersions.join(', ')}`,
    });
  }
  const image = await view.waiting(
    `looking at ${reference}`,
    inspectImage(reference, registryOptions(context)),
  );
  const { checkModule } = await import('@wasmcast/wasm');
  const module = image.wasm === undefined ? undefined : checkModule(image.wasm);
  const situation = { onFailure: 'closed', istio: istio ?? newestIstio } as const;
  const diagnostics = [...agentDiagnostics(image.facts, situation), ...(module?.diagnostics ?? [])];
  const signatures = await signaturesOf(image, flags.key, context);
  if (signatures?.length === 0) diagnostics.push(unsigned(image.pinned));
  const { wasm: _, ...told } = image;
  view.answer('image', imageText(image, module?.facts, signatures, view.paint), {
    ...told,
    ...(module?.facts !== undefined && { module: module.facts }),
    ...(signatures !== undefined && { signatures }),
    judgedFor: situation.istio,
  });
  view.diagnostics(diagnostics);
  if (hasErrors(diagnostics)) throw new CommandFailed(exitCodes.invalid);
}

/** The signatures by the given keys over the image, or over the index that led to it; undefined: no keys, nothing asked. */
async function signaturesOf(
  { facts, pinned }: InspectedImage,
  files: readonly string[] | undefined,
  context: Context,
): Promise<readonly VerifiedSignature[] | undefined> {
  if (files === undefined) return undefined;
  const keys = await Promise.all(files.map(async (file) => readPublicKey(await readKeyFile(file, context))));
  const digests =
    facts.indexDigest === undefined ? [facts.imageDigest] : [facts.imageDigest, facts.indexDigest];
  const found = digests.map((digest) => verifySignatures(pinned, digest, keys, registryOptions(context)));
  return (await Promise.all(found)).flat();
}

function unsigned(subject: string): Diagnostic {
  return {
    severity: 'error',
    code: 'WC-SIG-001',
    summary: 'none of the given keys has signed it',
    help: 'sign it once it is known to be right: wasmcast sign REF --key cosign.key',
    subject,
  };
}
