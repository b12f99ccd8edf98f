import type { Context } from '../context.ts';

/** What the environment says about registries: which are reached by plain HTTP, and how long anything may take. */
export function registryOptions(context: Context): {
  readonly signal: AbortSignal;
  readonly insecureRegistries: readonly string[];
} {
  const insecure = context.env['WASMCAST_INSECURE_REGISTRIES'] ?? '';
  return { signal: context.stop, insecureRegistries: insecure.split(',').filter((host) => host !== '') };
}
