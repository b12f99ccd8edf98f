import os from 'node:os';
import path from 'node:path';
import {
  type BlobCache,
  type OciEvent,
  type OciOptions,
  certificateFolders,
  certificatesFrom,
  dockerCredentials,
  folderCache,
  proxyRules,
} from '@wasmcast/oci';
import type { Context } from '../context.ts';
import type { View } from '../views/view.ts';

/** What the environment says about registries: plain HTTP, logins, certificates, proxies. With a view it is told how things go. */
export function registryOptions(
  context: Context,
  view?: View,
): OciOptions & { readonly signal: AbortSignal } {
  const { env } = context;
  const insecure = env['WASMCAST_INSECURE_REGISTRIES'] ?? '';
  const home = homeOf(context);
  return {
    signal: context.stop,
    insecureRegistries: insecure.split(',').filter((host) => host !== ''),
    credentials: dockerCredentials({ env, home }),
    certificates: certificatesFrom(certificateFolders(env, home)),
    proxy: proxyRules(env),
    blobCache: blobCache(context),
    ...(view !== undefined && { onProgress: (event) => tell(event, view) }),
  };
}

/** What was pulled before; in the user's cache folder. */
export function blobCache(context: Context): BlobCache {
  const root = context.env['XDG_CACHE_HOME'] || path.join(homeOf(context), '.cache');
  return folderCache(path.join(root, 'wasmcast', 'blobs'));
}

/** The home of who runs the command. */
export function homeOf(context: Context): string {
  return context.env['HOME'] ?? os.homedir();
}

/** Programs are told everything that goes on with a registry, people why they wait. */
function tell({ kind, ...fields }: OciEvent, view: View): void {
  if ('message' in fields)
    view.progress(kind, `trying again in ${fields.delayMs} ms: ${fields.message}`, fields);
  else if (view.format === 'json') view.progress(kind, '', fields);
}
