import { mkdir, readdir, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { EventSink } from '../events.ts';
import { stopwatch } from '../events.ts';
import { cacheRoot } from '../paths.ts';
import { acquireLock } from './lock.ts';

/** Something that is built once per key and kept as a folder. */
export interface Recipe {
  readonly component: string;
  readonly version: string;
  /** Whatever else decides the content, e.g. a hash of the sources; part of the folder's name. */
  readonly fingerprint?: string;
  /** Fills the empty folder `into`. */
  build(into: string, context: BuildContext): Promise<void>;
}

/** What a recipe may use while it builds. */
export interface BuildContext {
  readonly emit: EventSink;
  readonly signal?: AbortSignal | undefined;
}

/** The folder of a recipe's artefact, whether it was built or not. */
export function artefactPath(recipe: Recipe): string {
  const parts = [recipe.component, recipe.version, recipe.fingerprint].filter((part) => part !== undefined);
  return join(cacheRoot(), parts.join('-'));
}

/** True when it need not be built. */
export async function isCached(recipe: Recipe): Promise<boolean> {
  return stat(artefactPath(recipe)).then(
    () => true,
    () => false,
  );
}

/** Gives the folder of a recipe's artefact, building it first where it is missing. Safe among several processes. */
export async function ensureArtefact(recipe: Recipe, context: BuildContext): Promise<string> {
  const path = artefactPath(recipe);
  if (await isCached(recipe)) return path;
  await mkdir(cacheRoot(), { recursive: true });
  await using _lock = await acquireLock(path, {
    signal: context.signal,
    onWait: () => context.emit({ kind: 'waiting', what: `${recipe.component} ${recipe.version}` }),
  });
  if (await isCached(recipe)) return path;
  const { component, version } = recipe;
  const seconds = stopwatch();
  context.emit({ kind: 'build-started', component, version });
  // We hold the lock, so every unfinished folder of this name is a dead builder's.
  await removeUnfinished(path);
  const unfinished = `${path}.tmp-${process.pid}`;
  await mkdir(unfinished);
  try {
    await recipe.build(unfinished, context);
    await rename(unfinished, path);
  } catch (error) {
    await rm(unfinished, { recursive: true, force: true });
    throw error;
  }
  context.emit({ kind: 'build-finished', component, version, seconds: seconds() });
  return path;
}

async function removeUnfinished(path: string): Promise<void> {
  const prefix = `${path.slice(cacheRoot().length + 1)}.tmp-`;
  for (const name of await readdir(cacheRoot())) {
    if (name.startsWith(prefix)) await rm(join(cacheRoot(), name), { recursive: true, force: true });
  }
}
