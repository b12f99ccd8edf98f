import { join } from 'node:path';
import type * as Asc from 'assemblyscript/asc';
import type { Diagnostic } from '@wasmcast/core';
import { appendCustomSection } from '../module/append-section.ts';
import { buildNoteSection, encodeBuildNote } from '../module/build-note.ts';
import { toDiagnostics, type CompilerFault } from './compiler-faults.ts';
import {
  sourceMapUrl,
  type BuildInput,
  type BuildMode,
  type BuildProgress,
  type FilterProject,
  type GuestRuntime,
} from './filter-project.ts';
import { loadSdk, sdkName, type Sdk } from './sdk-transform.ts';
import { SourceReader } from './source-reader.ts';

/** Everything that the compiler's process needs, as it is sent to it. */
export interface CompileJob {
  readonly root: string;
  /** `root` made absolute. */
  readonly baseDir: string;
  readonly entry: string;
  readonly mode: BuildMode;
  readonly runtime?: GuestRuntime;
  readonly abi?: FilterProject['abi'];
  readonly names: boolean;
  readonly sourceMap: boolean;
  readonly resolveFrom: readonly string[];
}

/** What the process answers. */
export interface CompileOutcome {
  readonly wasm?: Uint8Array;
  readonly sourceMap?: string;
  readonly files: number;
  readonly inputs: readonly BuildInput[];
  readonly diagnostics: readonly Diagnostic[];
}

const outFile = 'filter.wasm';

/** Compiles in this thread, which is busy until it is done. */
export async function compile(
  job: CompileJob,
  progress: (stage: BuildProgress['stage']) => void,
): Promise<CompileOutcome> {
  const asc = await import('assemblyscript/asc');
  progress('parse');
  let reader = new SourceReader(job.resolveFrom);
  const sdk = await loadSdk(reader, job.baseDir);
  let run = await runCompiler(asc, job, reader, sdk, progress);
  // A filter that does without the SDK has nobody who calls the SDK's collector.
  if (!run.usesSdk && run.error !== null) {
    reader = new SourceReader(job.resolveFrom);
    run = await runCompiler(asc, job, reader, undefined, progress);
  }
  const { faults, written } = run;

  const diagnostics = [
    ...toDiagnostics(faults, { root: job.root, textOf: (path) => textOf(path, job, reader, asc) }),
  ];
  const binary = written.get(outFile);
  if (run.error !== null || !(binary instanceof Uint8Array)) {
    if (!diagnostics.some((d) => d.severity === 'error')) diagnostics.push(stopped(run.error, job));
    return { files: reader.count, inputs: reader.inputs, diagnostics };
  }
  const note = encodeBuildNote({
    compiler: { name: 'assemblyscript', version: asc.version },
    ...(run.usesSdk && sdk !== undefined ? { sdk: { name: sdkName, version: sdk.version } } : {}),
    mode: job.mode,
  });
  const map = written.get(sourceMapUrl);
  return {
    wasm: appendCustomSection(binary, buildNoteSection, note),
    ...(typeof map === 'string' ? { sourceMap: withoutSourceRoot(map) } : {}),
    files: reader.count,
    inputs: reader.inputs,
    diagnostics,
  };
}

interface CompilerRun {
  readonly faults: readonly CompilerFault[];
  readonly written: ReadonlyMap<string, Uint8Array | string>;
  readonly error: Error | null;
  readonly usesSdk: boolean;
}

/** Runs the compiler with the SDK's runtime and transform, if there is one; it stops early when the sources do not use that SDK. */
async function runCompiler(
  asc: typeof Asc,
  job: CompileJob,
  reader: SourceReader,
  sdk: Sdk | undefined,
  progress: (stage: BuildProgress['stage']) => void,
): Promise<CompilerRun> {
  const faults: CompilerFault[] = [];
  const written = new Map<string, Uint8Array | string>();
  const usage = { sdk: false };
  const runtime = job.runtime === 'incremental' ? undefined : sdk?.runtime;

  const { error } = await asc.main(compilerArguments(job, runtime), {
    // An asconfig.json would change what is built without the command line saying so.
    readFile: (name, baseDir) => (name === 'asconfig.json' ? null : reader.read(name, baseDir)),
    writeFile: (name, contents) => void written.set(name, contents),
    listFiles: () => null,
    stdout: asc.createMemoryStream(),
    stderr: asc.createMemoryStream(),
    reportDiagnostic: (fault) => void faults.push(fault),
    transforms: [
      stages(usage, runtime !== undefined, progress),
      ...(sdk?.transform === undefined ? [] : [sdk.transform]),
    ],
  });
  return { faults, written, error, usesSdk: usage.sdk };
}

/**
 * Optimise level 3 with shrink level 1: a fifth to a quarter smaller than plain `-O3`, and no slower in a loop over maps,
 * numbers and UTF-8 (V8 optimises again). No `--converge`: it won 11 of 13 000 bytes for a third more time. Assertions stay
 * in release too: a filter that finds its own invariant broken must stop, not go on with a wrong value.
 */
function compilerArguments(job: CompileJob, runtime?: string): string[] {
  const args = [job.entry, '--baseDir', job.baseDir, '--outFile', outFile];
  if (runtime !== undefined) args.push('--runtime', runtime);
  // Never a start section: Envoy runs it before the host is ready, and its host calls take the whole proxy down.
  args.push('--exportStart', '_initialize');
  if (job.mode === 'release') args.push('--optimizeLevel', '3', '--shrinkLevel', '1');
  // Read by the SDK's transform.
  if (job.abi === '0.2.0') args.push('--use', 'ABI_0_2_0=1');
  if (job.names) args.push('--debug');
  if (job.sourceMap) args.push('--sourceMap', `./${sourceMapUrl}`);
  return args;
}

/** The compiler's hooks, by which we see it go on and decide about `abort` once the sources are known. */
function stages(
  usage: { sdk: boolean },
  needsSdk: boolean,
  progress: (stage: BuildProgress['stage']) => void,
): Asc.Transform {
  interface Program {
    readonly sources: readonly { readonly internalPath: string }[];
    readonly options: { globalAliases: Map<string, string> | null };
  }
  class Stages {
    // Set on the prototype by asc before the hooks are called.
    declare readonly program: Program;

    afterParse(): void {
      const paths = this.program.sources.map((source) => source.internalPath);
      usage.sdk = paths.some((path) => path.startsWith(`~lib/${sdkName}/`));
      if (needsSdk && !usage.sdk) throw new Error('the sources do not use the SDK');
      const provided = `~lib/${sdkName}/assembly/abort`;
      // Without an alias AssemblyScript imports env.abort, which no Proxy-Wasm host has. An empty one leaves the bare trap.
      const abort = paths.includes(provided) ? `${provided}/abort` : '';
      this.program.options.globalAliases ??= new Map();
      this.program.options.globalAliases.set('abort', abort);
      progress('compile');
    }

    afterCompile(): void {
      progress('optimize');
    }
  }
  return Stages as unknown as Asc.Transform;
}

function textOf(path: string, job: CompileJob, reader: SourceReader, asc: typeof Asc): string | undefined {
  if (!path.startsWith('~lib/')) return reader.find(join(job.baseDir, path))?.text;
  const inside = path.slice('~lib/'.length);
  const own = asc.libraryFiles[inside.replace(/\.ts$/, '')];
  return own ?? reader.find(join(job.baseDir, 'node_modules', inside))?.text;
}

function stopped(error: Error | null, job: CompileJob): Diagnostic {
  return {
    severity: 'error',
    code: 'WC-BLD-003',
    summary: `the compiler stopped without naming a fault: ${error?.message ?? 'it wrote no module'}`,
    help: 'this is a fault of the compiler or of wasmcast, not of the filter: please report it with the source',
    subject: job.root,
  };
}

/** The compiler says where it would have put copies of the sources; there are none, the texts are in the map. */
function withoutSourceRoot(text: string): string {
  const { sourceRoot: _, ...map } = JSON.parse(text) as Record<string, unknown>;
  return JSON.stringify(map);
}
