import { homedir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Where built components are kept, outside any checkout. */
export function cacheRoot(): string {
  return join(xdg('XDG_CACHE_HOME', '.cache'), 'wasmcast', 'testbed');
}

/** Where running clusters keep their state, one folder each. */
export function stateRoot(): string {
  return join(xdg('XDG_STATE_HOME', '.local/state'), 'wasmcast', 'testbed');
}

/** A file or folder of this package, e.g. `fixtures`. */
export function packagePath(...parts: string[]): string {
  return join(fileURLToPath(new URL('..', import.meta.url)), ...parts);
}

function xdg(variable: string, fallback: string): string {
  const value = process.env[variable];
  // The XDG base directory specification: a relative path is invalid and is ignored.
  return value?.startsWith('/') ? value : join(homedir(), fallback);
}
