import { type BigIntStats, type FSWatcher, statSync, watch } from 'node:fs';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { WasmcastError } from '@wasmcast/core';
import { type BuildInput, stampOf } from '@wasmcast/wasm';

/** After so many milliseconds in which nothing happened a burst of writes (format on save, a checkout) is over. */
const quietMs = 50;
/** A burst without an end is cut here. */
const longestBurstMs = 1_000;

interface Watched {
  readonly identity: string;
  readonly watcher: FSWatcher;
}

/**
 * Waits for changes of files that may be anywhere, be written anew or replaced, and come and go with their folders. Folders are
 * watched, because editors replace files; what counts is that a file's stamp is another.
 */
export class FileChanges implements Disposable {
  readonly #watched = new Map<string, Watched>();
  #events = 0;
  #happened = Promise.withResolvers<void>();

  /** The files that are not as given any more, at least one; none when `stop` is aborted. Throws WasmcastError WC-CLI-033. */
  async next(files: readonly BuildInput[], stop: AbortSignal): Promise<readonly string[]> {
    const stopped = (): void => this.#happened.resolve();
    stop.addEventListener('abort', stopped);
    try {
      while (!stop.aborted) {
        this.#happened = Promise.withResolvers();
        // Watched before they are looked at: what changes afterwards is an event.
        this.#watch(new Set(files.map((file) => folderOf(file.path))));
        if (changedOf(files).length > 0) {
          await this.#quiet();
          const changed = changedOf(files);
          if (changed.length > 0) return changed;
        } else await this.#happened.promise;
      }
      return [];
    } finally {
      stop.removeEventListener('abort', stopped);
    }
  }

  [Symbol.dispose](): void {
    for (const folder of this.#watched.keys()) this.#forget(folder);
  }

  async #quiet(): Promise<void> {
    const end = performance.now() + longestBurstMs;
    let seen: number;
    do {
      seen = this.#events;
      await delay(quietMs);
    } while (seen !== this.#events && performance.now() < end);
  }

  #watch(folders: ReadonlySet<string>): void {
    for (const folder of this.#watched.keys()) if (!folders.has(folder)) this.#forget(folder);
    for (const folder of folders) {
      const identity = identityOf(folder);
      const watched = this.#watched.get(folder);
      if (watched?.identity === identity || identity === undefined) continue;
      this.#forget(folder);
      const watcher = this.#open(folder);
      if (watcher !== undefined) this.#watched.set(folder, { identity, watcher });
    }
  }

  #open(folder: string): FSWatcher | undefined {
    const happened = (): void => {
      this.#events += 1;
      this.#happened.resolve();
    };
    try {
      const watcher = watch(folder, happened);
      // It was removed, for example: it is looked for again.
      return watcher.on('error', () => {
        this.#forget(folder);
        happened();
      });
    } catch (cause) {
      if ((cause as NodeJS.ErrnoException).code === 'ENOENT') {
        happened();
        return undefined;
      }
      throw new WasmcastError('WC-CLI-033', `cannot watch ${folder}: ${(cause as Error).message}`, {
        help: 'build without --watch; on Linux, fs.inotify.max_user_watches may be too low',
        cause,
      });
    }
  }

  #forget(folder: string): void {
    this.#watched.get(folder)?.watcher.close();
    this.#watched.delete(folder);
  }
}

function changedOf(files: readonly BuildInput[]): readonly string[] {
  return files.filter((file) => stampOf(file.path) !== file.stamp).map((file) => file.path);
}

/** The nearest folder above a file that there is. */
function folderOf(file: string): string {
  let folder = path.dirname(file);
  while (folder !== path.dirname(folder) && identityOf(folder) === undefined) folder = path.dirname(folder);
  return folder;
}

/** Another for a folder that was removed and made again, which a watcher of the first says nothing about. */
function identityOf(folder: string): string | undefined {
  let found: BigIntStats | undefined;
  try {
    found = statSync(folder, { throwIfNoEntry: false, bigint: true });
  } catch {
    return undefined;
  }
  return found?.isDirectory() === true ? `${found.dev} ${found.ino} ${found.birthtimeNs}` : undefined;
}
