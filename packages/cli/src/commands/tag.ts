import { tagImage } from '@wasmcast/oci';
import type { Context } from '../context.ts';
import { registryOptions } from '../modules/registry-options.ts';
import type { View } from '../views/view.ts';

/** `wasmcast tag REF TAG`: stdout is the image by its digest alone. */
export async function tag(reference: string, name: string, context: Context, view: View): Promise<void> {
  const image = await view.waiting(
    `tagging ${reference}`,
    tagImage(reference, name, registryOptions(context)),
  );
  view.answer('image', `${image}\n`, { image, tag: name });
}
