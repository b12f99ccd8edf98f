/**
 * Builds every public package as it is published and packs it: `node tools/pack.ts FOLDER` leaves the tarballs there.
 * In the checkout everything runs from its TypeScript source; below node_modules Node strips no types, so what is
 * published is JavaScript: libraries with declarations, the command as a bundle.
 */
import { execFile } from 'node:child_process';
import { cp, mkdir, mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import process from 'node:process';
import { promisify } from 'node:util';
import { bundleCommand, notBundled } from './bundle.ts';

const run = promisify(execFile);
const root = path.resolve(import.meta.dirname, '..');

/** The public packages, each after those that it depends on. */
const order = ['core', 'sdk', 'engine', 'wasm', 'host', 'oci', 'local', 'istio', 'cli'];

const notices = 'THIRD-PARTY-NOTICES.txt';

interface Manifest {
  readonly name: string;
  readonly exports?: Readonly<Record<string, string>>;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly files?: readonly string[];
  readonly [key: string]: unknown;
}

/** Packs all public packages into `folder`; returns the tarballs' paths. */
export async function packAll(folder: string): Promise<readonly string[]> {
  await mkdir(folder, { recursive: true });
  // Inside the checkout, so that the compiler finds the dependencies; ignored by git, removed at the end.
  await mkdir(path.join(root, '.tmp'), { recursive: true });
  const stage = await mkdtemp(path.join(root, '.tmp/pack-'));
  try {
    const tarballs: string[] = [];
    for (const name of order) {
      await stagePackage(name, stage);
      const { stdout } = await run('npm', ['pack', '--json', '--pack-destination', folder], {
        cwd: path.join(stage, name),
      });
      tarballs.push(path.join(folder, packedName(stdout)));
    }
    return tarballs;
  } finally {
    await rm(stage, { recursive: true, force: true });
  }
}

/** npm prints a list, or since version 11.x an object by package name. */
function packedName(stdout: string): string {
  const parsed = JSON.parse(stdout) as { filename: string }[] | Record<string, { filename: string }>;
  const [first] = Object.values(parsed);
  if (first === undefined) throw new Error('npm pack named no file');
  return first.filename.replace('@', '').replace('/', '-');
}

async function stagePackage(name: string, stage: string): Promise<void> {
  const from = path.join(root, 'packages', name);
  const to = path.join(stage, name);
  await mkdir(to);
  const manifest = JSON.parse(await readFile(path.join(from, 'package.json'), 'utf8')) as Manifest;
  for (const entry of await readdir(from)) {
    if (['bin', 'templates', 'assembly', 'README.md', 'MIGRATION.md'].includes(entry)) {
      await cp(path.join(from, entry), path.join(to, entry), {
        recursive: true,
        filter: (file) => !file.includes('node_modules'),
      });
    }
  }
  await cp(path.join(root, 'LICENSE'), path.join(to, 'LICENSE'));
  const dependencies = name === 'cli' ? await bundledDependencies() : manifest.dependencies;
  await writeFile(
    path.join(to, 'package.json'),
    `${JSON.stringify({ ...published(manifest), dependencies }, undefined, 2)}\n`,
  );
  if (name === 'cli') {
    const bin = path.join(to, 'bin/wasmcast.js');
    await writeFile(bin, (await readFile(bin, 'utf8')).replace('../src/main.ts', '../dist/main.js'));
    await bundleCommand(path.join(to, 'dist'), path.join(to, notices));
  } else if ((await readdir(from)).includes('src')) await compile(name, from, to, stage);
}

/** The manifest with `src/x.ts` replaced by what was compiled from it. */
function published(manifest: Manifest): Manifest {
  const exports = Object.fromEntries(
    Object.entries(manifest.exports ?? {}).map(([key, file]) => {
      const compiled = /^\.\/src\/(.*)\.ts$/.exec(file)?.[1];
      if (compiled === undefined) return [key, file];
      return [key, { types: `./dist/${compiled}.d.ts`, default: `./dist/${compiled}.js` }];
    }),
  );
  return {
    ...manifest,
    exports,
    files: ['dist', 'bin', 'templates', 'assembly', 'LICENSE', notices, 'MIGRATION.md'],
  };
}

/** What the bundled command still needs, in the versions that the packages in it name. */
async function bundledDependencies(): Promise<Record<string, string>> {
  const manifests = await Promise.all(
    order.map((name) => readFile(path.join(root, 'packages', name, 'package.json'), 'utf8')),
  );
  const all = Object.assign(
    {},
    ...manifests.map((text) => (JSON.parse(text) as Manifest).dependencies ?? {}),
  ) as Record<string, string>;
  return Object.fromEntries(notBundled.map((name) => [name, all[name] ?? '']));
}

async function compile(name: string, from: string, to: string, stage: string): Promise<void> {
  // The packages before this one, as they are published: their sources are not compiled twice.
  const paths: Record<string, string[]> = {};
  for (const other of order.slice(0, order.indexOf(name))) {
    const manifest = JSON.parse(await readFile(path.join(stage, other, 'package.json'), 'utf8')) as {
      name: string;
      exports: Record<string, { types?: string }>;
    };
    for (const [key, target] of Object.entries(manifest.exports)) {
      if (target.types !== undefined)
        paths[path.posix.join(manifest.name, key)] = [path.join(stage, other, target.types)];
    }
  }
  const config = path.join(to, 'tsconfig.json');
  const { exports = {} } = JSON.parse(await readFile(path.join(from, 'package.json'), 'utf8')) as Manifest;
  // What only our own tests use is not published; a `./testing` that is exported is for everybody's tests.
  const testing = './testing' in exports ? '*/**/testing/**' : '**/testing/**';
  await writeFile(
    config,
    JSON.stringify({
      extends: path.join(root, 'tsconfig.base.json'),
      compilerOptions: {
        rootDir: path.join(from, 'src'),
        outDir: path.join(to, 'dist'),
        declaration: true,
        paths,
        preserveSymlinks: true,
      },
      include: [path.join(from, 'src/**/*.ts')],
      exclude: ['**/*.test.ts', testing].map((glob) => path.join(from, 'src', glob)),
    }),
  );
  await run(path.join(root, 'node_modules/.bin/tsc'), ['-p', config], { maxBuffer: 16 * 1024 * 1024 }).catch(
    (error: Error & { stdout?: string }) => {
      throw new Error(`${name} does not compile for publishing:\n${error.stdout ?? error.message}`);
    },
  );
  await rm(config);
}

if (process.argv[1] === import.meta.filename) {
  const folder = path.resolve(process.argv[2] ?? 'dist');
  for (const tarball of await packAll(folder))
    process.stdout.write(`${path.relative(process.cwd(), tarball)}\n`);
}
