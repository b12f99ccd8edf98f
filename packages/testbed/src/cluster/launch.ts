import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { open, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { WasmcastError } from '@wasmcast/core';
import { identify, isRunning } from '../process/process-table.ts';
import { until } from '../process/wait.ts';
import { which } from '../process/which.ts';
import { markerVariable } from './clean-up.ts';
import type { Program } from './programs.ts';
import type { ProgramRecord, RunFolder } from './run-folder.ts';

/** Starts a program that outlives this process, its output in `logs/<name>.log`. */
export async function launch(
  program: Program,
  folder: RunFolder,
  firstOnPath: string,
): Promise<ProgramRecord> {
  const command = program.command.includes('/') ? program.command : await which(program.command);
  if (command === undefined) throw new WasmcastError('WC-BED-002', `${program.command} is not installed`);
  await using log = await open(join(folder.logs, `${program.name}.log`), 'a');
  const child = spawn(command, program.args, {
    cwd: folder.data,
    detached: true,
    stdio: ['ignore', log.fd, log.fd],
    // Little of our own environment: what a person exported must not change a cluster.
    env: {
      // containerd starts the first shim that it finds: it must be the one that was built with it.
      PATH: `${firstOnPath}:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin`,
      HOME: folder.data,
      [markerVariable]: folder.path,
      ...program.env,
    },
  });
  await once(child, 'spawn');
  child.unref();
  const id = child.pid === undefined ? undefined : await identify(child.pid);
  if (!id) throw await ended(program.name, folder);
  return { name: program.name, ...id };
}

/** Looks until `probe` says true; fails at once, with the end of its log, when the program ends before. */
export async function waitReady(
  record: ProgramRecord,
  folder: RunFolder,
  probe: () => Promise<boolean>,
  signal: AbortSignal | undefined,
): Promise<void> {
  await until(
    async () => {
      if (!(await isRunning(record))) throw await ended(record.name, folder);
      return (await probe()) ? true : undefined;
    },
    { what: `${record.name} to be ready`, timeoutMs: 90_000, intervalMs: 50, signal },
  );
}

async function ended(name: string, folder: RunFolder): Promise<WasmcastError> {
  const path = join(folder.logs, `${name}.log`);
  const tail = (await readFile(path, 'utf8').catch(() => '')).trimEnd().split('\n').slice(-8).join('\n');
  return new WasmcastError('WC-BED-004', `${name} ended\n${tail}`, { help: `its log is ${path}` });
}
