import { statSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { hasErrors, type Diagnostic } from '@wasmcast/core';
import type { CompileJob } from './compile.ts';
import { CompilerProcess } from './compiler-process.ts';
import type { BuildResult, FilterProject } from './filter-project.ts';

/**
 * Compiles a filter written in AssemblyScript to a Proxy-Wasm module, in a process of its own, or in one that was kept.
 *
 * The module starts by `_initialize` and never by a start section, imports no `env.abort`, and names the compiler and the SDK in a
 * custom section. The same sources give the same bytes on every machine.
 *
 * Faults in the sources are returned, all at once. Throws `signal.reason` when aborted, and `WasmcastError` WC-BLD-006 when
 * the compiler itself crashes or takes longer than five minutes.
 */
export async function buildFilter(
  project: FilterProject,
  signal?: AbortSignal,
  compiler?: CompilerProcess,
): Promise<BuildResult> {
  signal?.throwIfAborted();
  const started = performance.now();
  const missing = missingFiles(project);
  if (missing !== undefined) {
    const inputs = [{ path: resolve(project.root, entryOf(project)) }];
    return { kind: 'failed', inputs, diagnostics: [missing] };
  }
  await using own = new CompilerProcess();
  const outcome = await (compiler ?? own).compile(jobOf(project), project.onProgress, signal);
  const { wasm, sourceMap, diagnostics, inputs, files } = outcome;
  if (wasm === undefined || hasErrors(diagnostics)) return { kind: 'failed', inputs, diagnostics };
  return {
    kind: 'built',
    wasm,
    ...(sourceMap === undefined ? {} : { sourceMap }),
    stats: { milliseconds: performance.now() - started, files, size: wasm.length },
    inputs,
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
