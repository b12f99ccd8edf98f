import { readFile, readdir, writeFile } from 'node:fs/promises';
import http from 'node:http';
import path from 'node:path';
import { type Plugin, rolldown } from 'rolldown';

const packages = path.resolve(import.meta.dirname, '../packages');

/** What Node starts: the command, and the files that it runs in processes of their own, each of which it looks for beside itself. */
const entries = {
  main: 'cli/src/main.ts',
  'run-declared-tests': 'cli/src/modules/run-declared-tests.ts',
  'trial-worker': 'host/src/preflight/trial-worker.ts',
  'asc-worker': 'wasm/src/build/asc-worker.ts',
};

/** Not bundled: what the compiler of filters reads from these is files, and not modules of Node. */
export const notBundled: readonly string[] = ['@wasmcast/sdk', 'assemblyscript'];

/**
 * To import `node:http` takes 28 ms, since Node then also makes what that module lends from `fetch` and WebSockets; taken as CommonJS
 * takes it, 3. Nobody here uses those.
 */
const httpAlone: Plugin = {
  name: 'http-alone',
  resolveId: (id) => (id === 'node:http' ? '\0http-alone' : undefined),
  load: (id) => {
    if (id !== '\0http-alone') return undefined;
    const names = Object.keys(http).filter(
      (name) => !['WebSocket', 'CloseEvent', 'MessageEvent'].includes(name),
    );
    return `const http = process.getBuiltinModule('node:http');
      export default http;
      export const { ${names.join(', ')} } = http;`;
  },
};

/**
 * Bundles the command into few files in `folder`, its parts that only some commands need in files of their own: to find, read and
 * link hundreds of small modules is most of what a short command takes. What the licences of others ask for stands in
 * `notices`.
 */
export async function bundleCommand(folder: string, notices: string): Promise<void> {
  await using bundle = await rolldown({
    input: Object.fromEntries(
      Object.entries(entries).map(([name, file]) => [name, path.join(packages, file)]),
    ),
    platform: 'node',
    external: notBundled.flatMap((name) => [name, new RegExp(`^${name}/`)]),
    plugins: [httpAlone],
  });
  const { output } = await bundle.write({ dir: folder, chunkFileNames: '[name]-[hash].js', comments: false });
  const modules = output.flatMap((file) => (file.type === 'chunk' ? file.moduleIds : []));
  await writeFile(notices, await noticesOf(modules));
}

/** The licences of all packages that these files are from. */
async function noticesOf(files: readonly string[]): Promise<string> {
  const folders = new Set(
    files.flatMap((file) => /^.*\/node_modules\/(?:@[^/]+\/)?[^/]+(?=\/)/.exec(file)?.[0] ?? []),
  );
  const notices = await Promise.all([...folders].toSorted().map(noticeOf));
  return ['wasmcast contains these packages.\n', ...notices].join('\n');
}

async function noticeOf(folder: string): Promise<string> {
  const { name, version, license } = JSON.parse(
    await readFile(path.join(folder, 'package.json'), 'utf8'),
  ) as Record<'name' | 'version' | 'license', string>;
  const names = (await readdir(folder)).filter((file) => /^(licen[cs]e|notice)/i.test(file)).toSorted();
  const texts = await Promise.all(names.map((file) => readFile(path.join(folder, file), 'utf8')));
  return [`--- ${name} ${version} (${license})\n`, ...texts].join('\n');
}
