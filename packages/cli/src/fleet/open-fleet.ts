import path from 'node:path';
import {
  type Diagnostic,
  type Fleet,
  type SourceSpan,
  type Target,
  type TargetSpec,
  WasmcastError,
  exitCodes,
  hasErrors,
  parseManifest,
} from '@wasmcast/core';
import type { Context } from '../context.ts';
import { CommandFailed } from '../failure.ts';
import { collectEarly, keepYoungSpaceSmall } from '../heap.ts';
import type { View } from '../views/view.ts';
import { type LockPlace, lockPath } from './lock-file.ts';
import { readManifestFiles } from './manifest-files.ts';

/** The flags that every command of the fleet understands. */
export interface FleetFlags {
  readonly file?: readonly string[];
  readonly target?: readonly string[];
  readonly context?: string;
  readonly kubeconfig?: string;
  /** Nothing runs that `wasmcast.lock` does not say. */
  readonly locked?: boolean;
}

/** A manifest that was read without faults. */
export interface OpenManifest {
  readonly fleet: Fleet;
  readonly locate: (path: readonly (string | number)[]) => SourceSpan | undefined;
  /** Remarks of the reader; they have been shown. */
  readonly warnings: readonly Diagnostic[];
  /** The targets that the command is about: those of `--target`, or all. */
  readonly targets: readonly TargetSpec[];
  readonly lock: LockPlace;
  /** Where it stands, as a full path; the working folder for one from stdin. */
  readonly folder: string;
}

/** Reads the manifest; shows every fault and ends the command (65) if it has errors. */
export async function openManifest(flags: FleetFlags, context: Context, view: View): Promise<OpenManifest> {
  keepYoungSpaceSmall();
  const files = await readManifestFiles(flags.file ?? [], context);
  const parsed = parseManifest(files);
  view.diagnostics(parsed.diagnostics);
  if (parsed.fleet === undefined || hasErrors(parsed.diagnostics)) throw new CommandFailed(exitCodes.invalid);
  const { locate } = parsed;
  const fleet = atFullPaths(parsed.fleet, context);
  const wanted = flags.target ?? [];
  for (const name of wanted) {
    if (!fleet.targets.some((t) => t.name === name)) {
      throw new WasmcastError('WC-CLI-020', `fleet ${fleet.name} has no target ${name}`, {
        exit: 'usage',
        help: `its targets are: ${fleet.targets.map((t) => t.name).join(', ')}`,
      });
    }
  }
  const targets = fleet.targets.filter((t) => wanted.length === 0 || wanted.includes(t.name));
  const lockFile = lockPath(
    files.map(({ file }) => file),
    context.cwd,
  );
  const lock = { file: lockFile, fleet: fleet.name, strict: flags.locked === true };
  return { fleet, locate, targets, warnings: parsed.diagnostics, lock, folder: path.dirname(lockFile) };
}

/** A fleet whose files are named from the root: modules and sockets are found from them, wherever the process stands. */
function atFullPaths(fleet: Fleet, context: Context): Fleet {
  const full = <T extends { readonly declaredIn: string }>(item: T): T => ({
    ...item,
    declaredIn: path.resolve(context.cwd, item.declaredIn),
  });
  const { filters, targets, signatures } = fleet;
  return {
    ...fleet,
    filters: filters.map(full),
    targets: targets.map(full),
    ...(signatures !== undefined && { signatures: signatures.map(full) }),
  };
}

/** Targets that are connected to; disposing closes them all. */
export interface OpenTargets extends AsyncDisposable {
  readonly list: readonly Target[];
}

/** Connects to targets, each by the package that knows its kind; loaded only then. */
export async function openTargets(
  specs: readonly TargetSpec[],
  flags: FleetFlags,
  context: Context,
): Promise<OpenTargets> {
  await using stack = new AsyncDisposableStack();
  const list: Target[] = [];
  for (const spec of specs) list.push(stack.use(await openTarget(spec, flags, context)));
  const opened = stack.move();
  return { list, [Symbol.asyncDispose]: () => opened.disposeAsync() };
}

async function openTarget(spec: TargetSpec, flags: FleetFlags, context: Context): Promise<Target> {
  switch (spec.kind) {
    case 'local': {
      const { connectLocal, socketEnvironment, socketPathFor } = await import('@wasmcast/local');
      return connectLocal(spec, socketPathFor(spec, socketEnvironment(context.env)));
    }
    case 'istio': {
      collectEarly();
      const { connectIstio } = await import('@wasmcast/istio');
      return await connectIstio(spec, {
        signal: context.stop,
        contextOverride: flags.context,
        kubeconfig: flags.kubeconfig,
      });
    }
  }
}
