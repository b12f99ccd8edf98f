import { parseRegistry, removeLogin } from '@wasmcast/oci';
import type { Context } from '../context.ts';
import { homeOf } from '../modules/registry-options.ts';
import type { View } from '../views/view.ts';

/** `wasmcast logout REGISTRY`: forgets the login; that there was none is no failure. */
export async function logout(text: string, context: Context, view: View): Promise<void> {
  const registry = parseRegistry(text);
  const place = { env: context.env, home: homeOf(context), signal: context.stop };
  const removed = await removeLogin(registry, place);
  view.answer('logout', `${registry}: ${removed ? 'logged out' : 'was not logged in'}\n`, {
    registry,
    removed,
  });
}
