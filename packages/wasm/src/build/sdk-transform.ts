import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Transform } from 'assemblyscript/asc';
import type { SourceReader } from './source-reader.ts';

/** The package that filters are written with. */
export const sdkName = '@wasmcast/sdk';

/** The SDK as a project sees it. */
export interface Sdk {
  readonly version: string;
  /** Its part of the compilation: which callbacks are exported, and faults in the words of the SDK. */
  readonly transform?: Transform;
  /** Its memory management, as the compiler finds it from the project's folder. */
  readonly runtime?: string;
}

interface Manifest {
  readonly version?: unknown;
  readonly exports?: Readonly<Record<string, unknown>>;
}

/**
 * Finds the SDK from a project's folder and loads its compiler transform, which therefore always fits the sources of the
 * SDK that are compiled. `undefined` when no SDK can be found; a project may do without.
 */
export async function loadSdk(reader: SourceReader, baseDir: string): Promise<Sdk | undefined> {
  const folder = reader.packageFolder(sdkName, baseDir);
  const manifestFile = folder === undefined ? undefined : reader.find(join(folder, 'package.json'));
  if (folder === undefined || manifestFile === undefined) return undefined;
  const manifest = JSON.parse(manifestFile.text) as Manifest;
  const version = typeof manifest.version === 'string' ? manifest.version : 'unknown';
  const target = targetOf(manifest.exports?.['./transform']);
  if (target === undefined) return { version };
  const runtime = targetOf(manifest.exports?.['./runtime']);
  const loaded = (await import(pathToFileURL(resolve(folder, target)).href)) as {
    readonly default: Transform;
  };
  return {
    version,
    transform: loaded.default,
    ...(runtime === undefined
      ? {}
      : { runtime: join('node_modules', sdkName, runtime).replace(/\.ts$/, '') }),
  };
}

/** An entry of `exports`: a path, or conditions of which the first that applies to an import is taken. */
function targetOf(entry: unknown): string | undefined {
  if (typeof entry === 'string') return entry;
  if (typeof entry !== 'object' || entry === null) return undefined;
  for (const [condition, target] of Object.entries(entry)) {
    if (['import', 'node', 'default'].includes(condition)) return targetOf(target);
  }
  return undefined;
}
