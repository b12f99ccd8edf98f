import { execFile } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import { packAll } from '../tools/pack.ts';

const run = promisify(execFile);

/** Packs what is published and installs it in `folder`, as a user would; returns the path of the command. */
export async function installWasmcast(folder: string): Promise<string> {
  const tarballs = await packAll(path.join(folder, 'tarballs'));
  await writeFile(path.join(folder, 'package.json'), '{"private": true}');
  const install = ['install', '--no-audit', '--no-fund', '--ignore-scripts', ...tarballs];
  await run('npm', install, { cwd: folder });
  return path.join(folder, 'node_modules/wasmcast/bin/wasmcast.js');
}
