import type { Sha256 } from '../digest.ts';

/** Where a module is found on a server of modules (`wasmcast serve`). */
export function modulePath(digest: Sha256): string {
  return `/modules/${digest}.wasm`;
}

/** The URL of a module on the server at `base`, which may have a path. */
export function servedAt(base: string, digest: Sha256): string {
  return `${base.replace(/\/+$/, '')}${modulePath(digest)}`;
}
