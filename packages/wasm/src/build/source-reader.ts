import { readFileSync, realpathSync, statSync } from 'node:fs';
import { dirname, join, resolve, sep } from 'node:path';
import type { BuildInput } from './filter-project.ts';

/** A source file is text that somebody typed; what is larger than this is something else. */
const maxFileBytes = 8 * 1024 * 1024;

/** One file that the compiler asked for and got. */
export interface SourceFile extends Required<BuildInput> {
  readonly text: string;
}

/**
 * Reads files for the compiler. The compiler looks for packages in `node_modules` of the folders above the importing file
 * by the names of the folders; this reader answers such a request as Node would resolve it (links followed, then the
 * importing package's real location upward), and at last from further folders, so that the SDK is found where wasmcast
 * itself is installed although the project has not installed it.
 */
export class SourceReader {
  readonly #fallbacks: readonly string[];
  readonly #files = new Map<string, SourceFile | undefined>();
  readonly #packages = new Map<string, string | undefined>();

  constructor(fallbacks: readonly string[]) {
    this.#fallbacks = fallbacks;
  }

  /** Number of source files read. */
  get count(): number {
    return [...this.#files.values()].filter((file) => file?.path.endsWith('.ts')).length;
  }

  /** Every file that was asked for, by its real path, and how it was; without a stamp those that are not there. */
  get inputs(): readonly BuildInput[] {
    return [...this.#files].map(([path, file]) =>
      file === undefined ? { path } : { path: file.path, stamp: file.stamp },
    );
  }

  /** The text of a file as the compiler names it, or null when there is none. */
  read(name: string, baseDir: string): string | null {
    return this.find(resolve(baseDir, name))?.text ?? null;
  }

  /** As {@link read}, with the real path; `wanted` is absolute and may lead through `node_modules` folders that do not exist. */
  find(wanted: string): SourceFile | undefined {
    if (!this.#files.has(wanted)) this.#files.set(wanted, this.#load(wanted));
    return this.#files.get(wanted);
  }

  /** The real folder of a package as seen from a folder (which may be a made-up one under `node_modules`). */
  packageFolder(name: string, from: string): string | undefined {
    const key = `${name}\0${from}`;
    if (!this.#packages.has(key)) this.#packages.set(key, this.#resolvePackage(name, from));
    return this.#packages.get(key);
  }

  #load(wanted: string): SourceFile | undefined {
    const split = splitPackagePath(wanted);
    if (split === undefined) return readText(wanted);
    const folder = this.packageFolder(split.name, split.from);
    return folder === undefined ? undefined : readText(join(folder, split.rest));
  }

  #resolvePackage(name: string, from: string): string | undefined {
    const owner = splitPackagePath(from);
    if (owner?.name === name && owner.rest === '') return this.packageFolder(name, owner.from);
    const start = owner === undefined ? from : this.packageFolder(owner.name, owner.from);
    for (const place of [start, ...this.#fallbacks]) {
      const found = place === undefined ? undefined : climb(place, name);
      if (found !== undefined) return found;
    }
    return undefined;
  }
}

/** `/a/node_modules/@b/c/d/e.ts` → from `/a`, name `@b/c`, rest `d/e.ts`; by the last `node_modules`. */
function splitPackagePath(path: string): { from: string; name: string; rest: string } | undefined {
  const parts = path.split(sep);
  const at = parts.lastIndexOf('node_modules');
  const first = at === -1 ? undefined : parts[at + 1];
  if (first === undefined) return undefined;
  const length = first.startsWith('@') ? 2 : 1;
  const name = parts.slice(at + 1, at + 1 + length).join('/');
  return { from: parts.slice(0, at).join(sep) || sep, name, rest: parts.slice(at + 1 + length).join(sep) };
}

function climb(from: string, name: string): string | undefined {
  for (let folder = from; ; folder = dirname(folder)) {
    const candidate = join(folder, 'node_modules', name);
    if (isFolder(candidate)) return realpathSync(candidate);
    if (folder === dirname(folder)) return undefined;
  }
}

function isFolder(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;
}

/** What is another when a file was written anew, came or went; undefined when there is none that the compiler may read. */
export function stampOf(path: string): string | undefined {
  try {
    const stat = statSync(path, { throwIfNoEntry: false, bigint: true });
    if (stat === undefined || !stat.isFile() || stat.size > maxFileBytes) return undefined;
    return `${stat.ino} ${stat.mtimeNs} ${stat.size}`;
  } catch {
    // The compiler asks for many files that are not there or not ours to read (ENOTDIR, EACCES): to it they do not exist.
    return undefined;
  }
}

function readText(path: string): SourceFile | undefined {
  // Before it is read: what is written meanwhile has another stamp than the text that we have.
  const stamp = stampOf(path);
  if (stamp === undefined) return undefined;
  try {
    return { path, stamp, text: readFileSync(path, 'utf8') };
  } catch {
    return undefined;
  }
}
