import { mkdir, open, readFile } from 'node:fs/promises';
import path from 'node:path';
import { type Journal, type JournalEntry, WasmcastError } from '@wasmcast/core';

/** Version of the lines; a reader refuses newer ones instead of guessing. */
const schema = 1;

/**
 * An append-only JSONL file. Every entry is on disk (fsync) when `append` returns. Only its owner can read it: plans
 * carry configurations.
 */
export async function openFileJournal(file: string): Promise<Journal> {
  await mkdir(path.dirname(file), { recursive: true, mode: 0o700 });
  const handle = await open(file, 'a+', 0o600);
  if (!(await endsWithNewline(file))) await handle.appendFile('\n'); // a torn line must not swallow the next one
  let queue: Promise<void> = Promise.resolve();
  return {
    append: (entry) => {
      const line = `${JSON.stringify({ schema, at: new Date().toISOString(), ...entry })}\n`;
      // One write at a time: lanes append side by side, and lines must not interleave.
      const done = queue.then(async () => {
        await handle.appendFile(line);
        await handle.datasync();
      });
      queue = done.catch(() => undefined);
      return done;
    },
    read: () => readEntries(file),
    [Symbol.asyncDispose]: async () => {
      await queue;
      await handle.close();
    },
  };
}

async function endsWithNewline(file: string): Promise<boolean> {
  const text = await readFile(file);
  return text.length === 0 || text.at(-1) === 10;
}

async function readEntries(file: string): Promise<readonly JournalEntry[]> {
  const entries: JournalEntry[] = [];
  for (const line of (await readFile(file, 'utf8')).split('\n')) {
    const entry = parseLine(line);
    if (entry === undefined) continue;
    if (entry.schema !== schema) {
      throw new WasmcastError(
        'WC-JRN-001',
        `the journal ${file} was written by a newer version (schema ${entry.schema})`,
        {
          help: 'use that version, or move the file away: the target itself knows what is installed',
        },
      );
    }
    entries.push(entry);
  }
  return entries;
}

/** A line that is no JSON is what a crash tore; it never had an effect, for effects follow the whole line. */
function parseLine(line: string): (JournalEntry & { readonly schema: number }) | undefined {
  if (line === '') return undefined;
  try {
    return JSON.parse(line) as JournalEntry & { readonly schema: number };
  } catch {
    return undefined;
  }
}

/** Where the journal of a fleet on a target is: `$XDG_STATE_HOME/wasmcast/journal/<target>/<fleet>.jsonl`. */
export function journalPath(stateHome: string, target: string, fleet: string): string {
  return path.join(stateHome, 'wasmcast', 'journal', target, `${fleet}.jsonl`);
}
