import { readFile, readdir, stat } from 'node:fs/promises';
import path from 'node:path';
import { WasmcastError } from '@wasmcast/core';
import type { Context } from '../context.ts';
import { shownPath } from '../shown-path.ts';
import { bounded } from '../views/text.ts';

/** Names that are looked for when no `-f` is given. */
const names = ['wasmcast.yaml', 'wasmcast.yml'];

/** A manifest file larger than this is refused unread. */
const maxBytes = 4 * 1024 * 1024;

/** A folder without a manifest: so many of its subfolders are looked into. */
const maxSubfolders = 100;

/** One file of a manifest. */
export interface ManifestText {
  /** As the user would name it: relative to the working folder where that is shorter. */
  readonly file: string;
  readonly text: string;
}

/**
 * Reads the files that `-f` names (a file, a folder of `*.yaml` and `*.yml`, or `-` for stdin), or else the nearest
 * `wasmcast.yaml` from the working folder upward, up to the root of the git checkout.
 */
export async function readManifestFiles(
  files: readonly string[],
  context: Context,
): Promise<readonly ManifestText[]> {
  const named = files.length > 0 ? files : [await discover(context.cwd)];
  const texts = await Promise.all(named.map((file) => readOne(file, context)));
  return texts.flat();
}

async function readOne(file: string, context: Context): Promise<readonly ManifestText[]> {
  if (file === '-') return [{ file: '<stdin>', text: await readStdin(context) }];
  const full = path.resolve(context.cwd, file);
  const info = await stat(full).catch((cause: unknown) => {
    throw new WasmcastError('WC-CLI-010', `there is no file ${file}`, {
      exit: 'invalid',
      help: 'name a manifest with -f FILE, a folder of them with -f DIR, or stdin with -f -',
      cause,
    });
  });
  if (info.isDirectory()) {
    const entries = await manifestsIn(full);
    if (entries.length === 0) {
      const help = await subfoldersHelp(file, full);
      throw new WasmcastError('WC-CLI-011', `there is no *.yaml in the folder ${file}`, {
        exit: 'invalid',
        ...(help !== undefined && { help }),
      });
    }
    return await Promise.all(entries.map((name) => readText(path.join(full, name), context)));
  }
  return [await readText(full, context)];
}

/** Names of the `*.yaml` and `*.yml` in a folder, in their order. */
async function manifestsIn(folder: string): Promise<readonly string[]> {
  return (await readdir(folder)).filter((name) => /\.ya?ml$/.test(name)).toSorted();
}

/** Which folders one level down could have been meant. */
async function subfoldersHelp(folder: string, full: string): Promise<string | undefined> {
  const all = (await readdir(full, { withFileTypes: true })).filter((entry) => entry.isDirectory());
  const looked = all
    .map(({ name }) => name)
    .filter((name) => !name.startsWith('.') && name !== 'node_modules');
  const found: string[] = [];
  for (const name of looked.toSorted().slice(0, maxSubfolders)) {
    const manifests = await manifestsIn(path.join(full, name)).catch(() => []);
    if (manifests.length > 0) found.push(`-f ${path.join(folder, name)}`);
  }
  return found.length === 0 ? undefined : `a subfolder has one: ${bounded(found, 5)}`;
}

async function readText(full: string, context: Context): Promise<ManifestText> {
  const file = shownPath(full, context.cwd);
  const { size } = await stat(full);
  if (size > maxBytes) throw tooLarge(file);
  return { file, text: await readFile(full, 'utf8') };
}

async function readStdin(context: Context): Promise<string> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of context.stdin) {
    size += chunk.length;
    if (size > maxBytes) throw tooLarge('<stdin>');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

function tooLarge(file: string): WasmcastError {
  return new WasmcastError('WC-CLI-012', `${file} is larger than 4 MiB`, {
    exit: 'invalid',
    help: 'a manifest names modules, it does not contain them',
  });
}

async function discover(cwd: string): Promise<string> {
  for (let folder = cwd; ; folder = path.dirname(folder)) {
    for (const name of names) {
      const file = path.join(folder, name);
      if (await exists(file)) return file;
    }
    if ((await exists(path.join(folder, '.git'))) || folder === path.dirname(folder)) break;
  }
  throw new WasmcastError('WC-CLI-013', 'there is no wasmcast.yaml here or in a folder above', {
    exit: 'invalid',
    help: 'name the manifest with -f FILE, or write a first one: `wasmcast init --fleet NAME`',
  });
}

async function exists(file: string): Promise<boolean> {
  return await stat(file).then(
    () => true,
    () => false,
  );
}
