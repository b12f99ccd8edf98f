import { copyImage, parseLocation, pinnedReference } from '@wasmcast/oci';
import type { Context } from '../context.ts';
import { registryOptions } from '../modules/registry-options.ts';
import type { View } from '../views/view.ts';

/** `wasmcast copy FROM TO`: stdout is where the image is now, by its digest, alone. */
export async function copy(
  from: string,
  to: string,
  flags: { readonly referrers?: boolean },
  context: Context,
  view: View,
): Promise<void> {
  const target = parseLocation(to, context.cwd);
  const copied = await view.during(
    'copy',
    `copying ${from}`,
    { from, to },
    copyImage(parseLocation(from, context.cwd), target, {
      ...registryOptions(context, view),
      referrers: flags.referrers === true,
    }),
  );
  const image =
    target.kind === 'registry'
      ? pinnedReference(target.reference, copied.digest)
      : `${to}@sha256:${copied.digest}`;
  view.answer('image', `${image}\n`, { image, ...copied });
}
