import { fork } from 'node:child_process';
import { once } from 'node:events';
import { statSync } from 'node:fs';
import { dirname, extname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { WasmcastError, hasErrors, type Diagnostic } from '@wasmcast/core';
import type { CompileJob, CompileOutcome } from './compile.ts';
import type { BuildProgress, BuildResult, FilterProject } from './filter-project.ts';

/** A compilation takes seconds; what takes this long hangs. */
const longestBuild = 5 * 60_000;

type Message = BuildProgress | { readonly kind: 'outcome'; readonly outcome: CompileOutcome };

/**
 * Compiles a filter written in AssemblyScript to a Proxy-Wasm module, in a process of its own.
 *
 * The module starts by `_initialize` and never by a start section, imports no `env.abort`, and names the compiler and the SDK in a
 * custom section. The same sources give the same bytes on every machine.
 *
 * Faults in the sources are returned, all at once. Throws `signal.reason` when aborted, and `WasmcastError` WC-BLD-006 when
 * the compiler itself crashes or takes longer than five minutes.
 */
export async function buildFilter(project: FilterProject, signal?: AbortSignal): Promise<BuildResult> {
  signal?.throwIfAborted();
  const started = performance.now();
  const missing = missingFiles(project);
  if (missing !== undefined) return { kind: 'failed', diagnostics: [missing] };

  const outcome = await runInProcess(jobOf(project), project.onProgress, signal);
  const { wasm, sourceMap, diagnostics, files } = outcome;
  if (wasm === undefined || hasErrors(diagnostics)) return { kind: 'failed', diagnostics };
  return {
    kind: 'built',
    wasm,
    ...(sourceMap === undefined ? {} : { sourceMap }),
    stats: { milliseconds: performance.now() - started, files, size: wasm.length },
    diagnostics,
  };
}

function entryOf(project: FilterProject): string {
  return project.entry ?? 'assembly/index.ts';
}

function missingFiles(project: FilterProject): Diagnostic | undefined {
  const fault = (summary: string, help: string): Diagnostic => ({
    severity: 'error',
    code: 'WC-BLD-004',
    summary,
    help,
    subject: project.root,
  });
  if (!statSync(project.root, { throwIfNoEntry: false })?.isDirectory()) {
    return fault(
      `there is no folder ${project.root}`,
      'name the folder of a filter project, or make one: wasmcast init NAME',
    );
  }
  const entry = join(project.root, entryOf(project));
  if (!statSync(entry, { throwIfNoEntry: false })?.isFile()) {
    return fault(`there is no file ${entry}`, 'a filter project starts at assembly/index.ts');
  }
  return undefined;
}

function jobOf(project: FilterProject): CompileJob {
  const debug = project.mode === 'debug';
  return {
    root: project.root,
    baseDir: resolve(project.root),
    entry: entryOf(project),
    mode: project.mode,
    ...(project.runtime === undefined ? {} : { runtime: project.runtime }),
    ...(project.abi === undefined ? {} : { abi: project.abi }),
    names: project.names ?? debug,
    sourceMap: project.sourceMap ?? debug,
    resolveFrom: [...(project.resolveFrom ?? []), dirname(fileURLToPath(import.meta.url))],
  };
}

/** The source runs as `.ts`, the published package as `.js`: the process's file is of the same kind as this one. */
function workerUrl(): URL {
  return new URL(`./asc-worker${extname(new URL(import.meta.url).pathname)}`, import.meta.url);
}

async function runInProcess(
  job: CompileJob,
  onProgress: FilterProject['onProgress'],
  signal: AbortSignal | undefined,
): Promise<CompileOutcome> {
  const limit = AbortSignal.timeout(longestBuild);
  const stop = signal === undefined ? limit : AbortSignal.any([signal, limit]);
  const child = fork(workerUrl(), [], {
    serialization: 'advanced',
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    execArgv: [],
    // Ctrl-C on a terminal is for us: we end it.
    detached: true,
  });
  const exited = once(child, 'exit');
  let said = '';
  const listen = (chunk: Buffer): void => {
    said = (said + chunk.toString()).slice(-8192);
  };
  child.stdout?.on('data', listen);
  child.stderr?.on('data', listen);
  try {
    return await new Promise<CompileOutcome>((answer, fail) => {
      stop.addEventListener('abort', () => {
        fail(
          signal?.aborted === true
            ? (signal.reason as Error)
            : crash('it took longer than five minutes', said),
        );
      });
      child.on('message', (data) => {
        const message = data as Message;
        if (message.kind === 'outcome') answer(message.outcome);
        else onProgress?.(message);
      });
      child.on('error', (error) => fail(crash(error.message, said, error)));
      // After everything that it said: nothing comes once the channel is closed.
      child.on('disconnect', () => fail(crash('its process ended', said)));
      child.send(job);
    });
  } finally {
    child.kill('SIGKILL');
    await exited;
  }
}

function crash(why: string, said: string, cause?: Error): WasmcastError {
  const words = said.trim();
  return new WasmcastError('WC-BLD-006', `the AssemblyScript compiler crashed: ${why}`, {
    help: words === '' ? 'please report this with the source of the filter' : words,
    cause,
  });
}
