import { cp, mkdir, readFile, readdir, rename, writeFile } from 'node:fs/promises';
import { findPackageJSON } from 'node:module';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { WasmcastError } from '@wasmcast/core';
import type { Context } from '../context.ts';
import type { View } from '../views/view.ts';
import { templateList, templates } from './templates.ts';

const folders = path.join(path.dirname(findPackageJSON(import.meta.url) ?? ''), 'templates');

/**
 * `wasmcast init NAME --template T`: a filter project in a new folder, ready to build and test. Never writes into a folder that has
 * files.
 */
export async function init(name: string, template: string, context: Context, view: View): Promise<void> {
  if (!Object.hasOwn(templates, template)) {
    throw new WasmcastError('WC-CLI-032', `there is no template ${JSON.stringify(template)}`, {
      exit: 'usage',
      help: `the templates are:\n${templateList()}`,
    });
  }
  const base = path.basename(name);
  if (!/^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/.test(base)) {
    throw new WasmcastError('WC-CLI-030', `${JSON.stringify(base)} cannot be the name of a filter`, {
      exit: 'usage',
      help: 'a name has lower-case letters, digits and dashes, and begins and ends with a letter or digit',
    });
  }
  const folder = path.resolve(context.cwd, name);
  const there = await readdir(folder).catch(() => []);
  if (there.length > 0) {
    throw new WasmcastError('WC-CLI-031', `${name} exists and is not empty`, {
      exit: 'usage',
      help: 'choose another name; nothing was written',
    });
  }
  await mkdir(path.dirname(folder), { recursive: true });
  for (const part of ['shared', template]) await cp(path.join(folders, part), folder, { recursive: true });
  // npm leaves a `.gitignore` out of what it packs, so the template's has no dot.
  await rename(path.join(folder, 'gitignore'), path.join(folder, '.gitignore'));
  const installs = !hasSdk(folder);
  await fillIn(folder, base, installs);
  const install = installs ? '  npm install\n' : '';
  view.answer(
    'project',
    `${view.paint.green('made')} ${name}\nnext:\n  cd ${name}\n${install}  npx wasmcast build\n  npx wasmcast test\n`,
    { name: base, template, folder },
  );
}

/** True if a project there finds the SDK as it is, e.g. in a checkout of wasmcast: then there is nothing to install. */
function hasSdk(folder: string): boolean {
  try {
    return findPackageJSON('@wasmcast/sdk', pathToFileURL(path.join(folder, 'package.json'))) !== undefined;
  } catch {
    return false;
  }
}

async function fillIn(folder: string, name: string, installs: boolean): Promise<void> {
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const file = path.join(entry.parentPath, entry.name);
    const text = await readFile(file, 'utf8');
    const named = text.replaceAll('{{name}}', name);
    const filled = installs || entry.name !== 'README.md' ? named : named.replace('`npm install`, ', '');
    if (filled !== text) await writeFile(file, filled);
  }
}
