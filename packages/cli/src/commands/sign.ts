import {
  type SignatureForm,
  parseReference,
  pinnedReference,
  readPrivateKey,
  signImage,
} from '@wasmcast/oci';
import type { Context } from '../context.ts';
import { readKeyFile } from '../modules/key-files.ts';
import { registryOptions } from '../modules/registry-options.ts';
import type { View } from '../views/view.ts';

/** `wasmcast sign REF --key FILE`: signs what the reference names, by its digest, which is all that stdout says. */
export async function sign(
  reference: string,
  flags: { readonly key?: readonly string[]; readonly form?: SignatureForm },
  context: Context,
  view: View,
): Promise<void> {
  const pem = await readKeyFile(flags.key?.[0] ?? '', context);
  const key = await readPrivateKey(pem, context.env['COSIGN_PASSWORD'] ?? '');
  const form = flags.form ?? 'tag';
  const digest = await view.during(
    'sign',
    `signing ${reference}`,
    { reference, form },
    signImage(reference, key, { ...registryOptions(context, view), form }),
  );
  const image = pinnedReference(parseReference(reference), digest);
  view.answer('signature', `${image}\n`, { image, digest, form });
}
