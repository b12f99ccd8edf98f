import { WasmcastError, exitCodes, hasErrors } from '@wasmcast/core';
import { agentDiagnostics, inspectImage, istioVersions, parseIstioVersion } from '@wasmcast/oci';
import type { Context } from '../context.ts';
import { CommandFailed } from '../failure.ts';
import { registryOptions } from '../modules/registry-options.ts';
import { imageText } from '../views/image-text.ts';
import type { View } from '../views/view.ts';

/** `wasmcast inspect REF`: what an image is; ends with 65 when the Istio in question, or every known one, would refuse it. */
export async function inspect(
  reference: string,
  flags: { readonly istio?: string },
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
  const situation = { onFailure: 'closed', ...(istio !== undefined && { istio }) } as const;
  const diagnostics = [...agentDiagnostics(image.facts, situation), ...(module?.diagnostics ?? [])];
  const { wasm: _, ...told } = image;
  view.answer('image', imageText(image, module?.facts, view.paint), {
    ...told,
    ...(module?.facts !== undefined && { module: module.facts }),
    judgedFor: istio ?? istioVersions.at(-1),
  });
  view.diagnostics(diagnostics);
  if (hasErrors(diagnostics)) throw new CommandFailed(exitCodes.invalid);
}
