import { type FileHandle, chmod, mkdir, open, rename, stat } from 'node:fs/promises';
import path from 'node:path';
import { type Journal, WasmcastError } from '@wasmcast/core';

/** Version of the lines, for whoever reads them. */
const schema = 1;

/**
 * A journal that has grown to this is moved aside when it is opened next, in place of the one moved aside before: a
 * journal takes at most this, twice, and one rollout (a plan carries modules, so a rollout may be megabytes).
 */
const maxBytes = 16 * 1024 * 1024;

/**
 * An append-only JSONL file. Every entry is on disk (fsync) when `append` returns. Only its owner can read it: plans
 * carry configurations. Throws `WC-JRN-002` when the file cannot be opened for writing.
 */
export async function openFileJournal(file: string, limit = maxBytes): Promise<Journal> {
  let handle: FileHandle;
  try {
    handle = await openForAppending(file, limit);
  } catch (cause) {
    throw new WasmcastError('WC-JRN-002', `the journal cannot be written: ${(cause as Error).message}`, {
      help: 'nothing was changed; set XDG_STATE_HOME to a folder that you can write',
      cause,
    });
  }
  let queue: Promise<void> = Promise.resolve();
  let waiting: { text: string; readonly written: Promise<void> } | undefined;
  return {
    append: (entry) => {
      const line = `${JSON.stringify({ schema, at: new Date().toISOString(), ...entry })}\n`;
      // Lanes append side by side. What comes while a write is under way goes to disk together with the next one: a disk
      // that takes 10 ms to sync would else be what a rollout of hundreds of steps waits for.
      if (waiting === undefined) {
        const written = queue.then(async () => {
          const text = waiting?.text ?? '';
          waiting = undefined;
          await handle.appendFile(text);
          await handle.datasync();
        });
        waiting = { text: '', written };
        queue = written.catch(() => undefined);
      }
      waiting.text += line;
      return waiting.written;
    },
    [Symbol.asyncDispose]: async () => {
      await queue;
      await handle.close();
    },
  };
}

async function openForAppending(file: string, limit: number): Promise<FileHandle> {
  const folder = path.dirname(file);
  const made = await mkdir(folder, { recursive: true, mode: 0o700 });
  const size = (await stat(file).catch(() => undefined))?.size;
  if (size !== undefined && size >= limit) await rename(file, `${file}.1`);
  const handle = await open(file, 'a+', 0o600);
  try {
    // A file that was restored from a backup, or made under another umask.
    await chmod(file, 0o600);
    if (!(await endsWithNewline(handle))) await handle.appendFile('\n'); // a torn line must not swallow the next one
    // The names are data too: without this a power cut could leave no file where an intent was promised to be.
    if (size === undefined || size >= limit) await syncFolders(folder, made);
    return handle;
  } catch (error) {
    await handle.close();
    throw error;
  }
}

/** Syncs a folder, and each above it up to the one in which the first new folder was made. */
async function syncFolders(folder: string, firstMade: string | undefined): Promise<void> {
  const top = firstMade === undefined ? folder : path.dirname(firstMade);
  for (let at = folder; ; at = path.dirname(at)) {
    // Windows cannot open a folder, and needs no fsync of it.
    const handle = await open(at, 'r').catch(() => undefined);
    await handle?.sync().catch(() => undefined);
    await handle?.close();
    if (at === top || at === path.dirname(at)) return;
  }
}

async function endsWithNewline(handle: FileHandle): Promise<boolean> {
  const { size } = await handle.stat();
  if (size === 0) return true;
  const { buffer } = await handle.read(Buffer.alloc(1), 0, 1, size - 1);
  return buffer[0] === 10;
}

/** Where the journal of a fleet on a target is: `$XDG_STATE_HOME/wasmcast/journal/<target>/<fleet>.jsonl`. */
export function journalPath(stateHome: string, target: string, fleet: string): string {
  return path.join(stateHome, 'wasmcast', 'journal', target, `${fleet}.jsonl`);
}
