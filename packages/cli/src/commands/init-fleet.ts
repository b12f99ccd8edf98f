import { access, readdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { WasmcastError } from '@wasmcast/core';
import type { Context } from '../context.ts';
import type { View } from '../views/view.ts';

const file = 'wasmcast.yaml';
/** Of a large folder, more filters than these are no first manifest. */
const mostFilters = 50;

/**
 * `wasmcast init --fleet NAME`: a first manifest in this folder, which puts the filter projects and modules that are here onto a
 * service of a mesh inside this machine. Never writes over one that is there.
 */
export async function initFleet(name: string, context: Context, view: View): Promise<void> {
  if (!/^[a-z0-9]([a-z0-9-]{0,38}[a-z0-9])?$/.test(name)) {
    throw new WasmcastError('WC-CLI-034', `${JSON.stringify(name)} cannot be the name of a fleet`, {
      exit: 'usage',
      help: 'a name has at most 40 lower-case letters, digits and dashes, and begins and ends with a letter or digit',
    });
  }
  const filters = await filtersIn(context.cwd);
  if (filters.length === 0) {
    throw new WasmcastError('WC-CLI-035', 'there is no filter project and no module in this folder', {
      exit: 'usage',
      help: '`wasmcast init NAME` makes a project; nothing was written',
    });
  }
  try {
    await writeFile(path.join(context.cwd, file), manifestOf(name, filters), { flag: 'wx' });
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== 'EEXIST') throw cause;
    throw new WasmcastError('WC-CLI-036', `${file} is there already`, {
      exit: 'usage',
      help: 'it was left as it is',
      cause,
    });
  }
  const made = `${view.paint.green('made')} ${file} with ${filters.map((filter) => filter.name).join(', ')}`;
  const next =
    'next:\n  npx wasmcast run\nand in another terminal:\n  npx wasmcast plan\n  npx wasmcast apply\n';
  view.answer('manifest', `${made}\n${next}`, { name, file, filters });
}

interface FirstFilter {
  readonly name: string;
  /** As the manifest says it. */
  readonly module: { readonly source: string } | { readonly file: string };
}

/** Projects in folders right below, and modules in the folder itself, whose names a filter can have. */
async function filtersIn(folder: string): Promise<FirstFilter[]> {
  const found: FirstFilter[] = [];
  const entries = await readdir(folder, { withFileTypes: true });
  for (const entry of entries.toSorted((a, b) => (a.name < b.name ? -1 : 1))) {
    const name = path.basename(entry.name, '.wasm');
    if (!/^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/.test(name)) continue;
    if (found.some((filter) => filter.name === name) || found.length === mostFilters) continue;
    if (entry.isFile() && entry.name.endsWith('.wasm')) {
      found.push({ name, module: { file: `./${entry.name}` } });
    } else if (entry.isDirectory() && (await isProject(path.join(folder, name)))) {
      found.push({ name, module: { source: `./${name}` } });
    }
  }
  return found;
}

async function isProject(folder: string): Promise<boolean> {
  return await access(path.join(folder, 'assembly/index.ts')).then(
    () => true,
    () => false,
  );
}

const manifestOf = (
  name: string,
  filters: readonly FirstFilter[],
): string => `apiVersion: wasmcast.dev/v1alpha1
kind: Fleet
metadata: { name: ${quoted(name)} }
filters:
${filters.map(filterLines).join('\n')}
targets:
  - name: laptop # a mesh inside this machine, while \`wasmcast run\` runs
    local:
      services:
        - { namespace: shop, name: web, labels: { app: web }, port: 8001 }
  # - name: mesh # a cluster with Istio: the current context of the kubeconfig
  #   istio: {}
bindings:
  - name: web
    target: laptop
    select: { namespace: shop, labels: { app: web } }
    chain: [${filters.map((filter) => quoted(filter.name)).join(', ')}] # in the order in which a request meets them
`;

function filterLines({ name, module }: FirstFilter): string {
  const [kind, where] = Object.entries(module)[0] as [string, string];
  return `  - name: ${quoted(name)}
    module: { ${kind}: ${where} }
    # config: {} # what the filter reads when it starts`;
}

/** A name such as 1e3 or true is a text only between quotes. */
const quoted = (name: string): string =>
  /^[a-z][a-z-]*$/.test(name) && !reserved.has(name) ? name : `'${name}'`;
const reserved = new Set(['true', 'false', 'null', 'yes', 'no', 'on', 'off', 'y', 'n']);
