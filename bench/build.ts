/**
 * What building takes: every template of `init` by `wasmcast build` in a new process, by the bare compiler in a new process, and
 * again after a change by `wasmcast build --watch`. Goals: under 3 s, and under 1 s when watched.
 */
import { execFile } from 'node:child_process';
import { mkdtemp, rm, symlink } from 'node:fs/promises';
import { availableParallelism, loadavg, tmpdir } from 'node:os';
import path from 'node:path';
import process from 'node:process';
import { promisify } from 'node:util';
import { templates } from '../packages/cli/src/commands/templates.ts';
import { type Built, buildPage, buildTable } from './build/page.ts';
import { coldBuild, watchedBuilds } from './build/timed-build.ts';
import { publish } from './publish.ts';

/** Templates are much alike, so they are each other's rounds. */
const changes = 3;
const root = path.resolve(import.meta.dirname, '..');
const run = promisify(execFile);
const say = (line: string): void => void process.stdout.write(`${line}\n`);

/** The compiler as its users call it without us; see the SDK's README. */
async function bareCompiler(folder: string): Promise<number> {
  const sdk = 'node_modules/@wasmcast/sdk';
  const asc = path.join(root, 'node_modules/assemblyscript/bin/asc.js');
  const words = `${asc} ${folder}/assembly/index.ts --runtime ${sdk}/assembly/runtime/index --transform @wasmcast/sdk/transform`;
  const more = '--exportStart _initialize --optimizeLevel 3 --shrinkLevel 1 -o bare.wasm';
  const began = performance.now();
  await run(process.execPath, [...words.split(' '), ...more.split(' ')], { cwd: path.dirname(folder) });
  return performance.now() - began;
}

const folder = await mkdtemp(path.join(tmpdir(), 'wasmcast-bench-'));
try {
  await symlink(path.join(root, 'node_modules'), `${folder}/node_modules`);
  const load = loadavg()[0] ?? 0;
  const all: Built[] = [];
  const bin = path.join(root, 'packages/cli/bin/wasmcast.js');
  for (const name of Object.keys(templates)) {
    await run(process.execPath, [bin, 'init', name, '--template', name], { cwd: folder });
    const project = path.join(folder, name);
    const cold = await coldBuild(bin, project);
    const bare = await bareCompiler(project);
    const watched = await watchedBuilds(bin, project, changes);
    all.push({ name, cold, bare, watched });
    say(`${name} is measured`);
  }
  for (const line of buildTable(all)) say(line);
  await publish('build-price.md', buildPage(all, { changes, cores: availableParallelism(), load }));
} finally {
  await rm(folder, { recursive: true, force: true });
}
