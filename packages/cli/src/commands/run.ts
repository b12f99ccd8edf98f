import { once } from 'node:events';
import path from 'node:path';
import { exitCodes, WasmcastError } from '@wasmcast/core';
import {
  type MeshEvent,
  socketEnvironment,
  socketPathFor,
  startMesh,
  type StuckCall,
  Watchdog,
} from '@wasmcast/local';
import type { Context } from '../context.ts';
import { type FleetFlags, openManifest } from '../fleet/open-fleet.ts';
import { letYoungSpaceGrow } from '../heap.ts';
import { HarFile } from '../traffic/har-file.ts';
import { columns } from '../views/text.ts';
import type { View } from '../views/view.ts';

/** Milliseconds that a filter may take at a time. */
const callMs = 5_000;

/** Flags of `run`. */
export interface RunFlags extends FleetFlags {
  readonly record?: string;
  readonly recordSecrets?: boolean;
}

/** `wasmcast run`: keeps the manifest's embedded meshes up until interrupted, and records their traffic if asked to. */
export async function run(flags: RunFlags, context: Context, view: View): Promise<void> {
  const manifest = await openManifest(flags, context, view);
  const specs = manifest.targets.filter((t) => t.kind === 'local');
  if (specs.length === 0) {
    throw new WasmcastError('WC-CLI-066', `fleet ${manifest.fleet.name} has no target of kind local`, {
      exit: 'invalid',
      help: 'add one: targets: [{name: laptop, local: {services: [{namespace: foo, name: frontpage}]}}]',
    });
  }
  letYoungSpaceGrow();
  // Closed after the meshes, whose last requests belong to it.
  await using files = new AsyncDisposableStack();
  const recorder = flags.record === undefined ? undefined : await record(flags.record, flags, context, view);
  if (recorder !== undefined) files.use(recorder);
  await using meshes = new AsyncDisposableStack();
  const guard = meshes.use(new Watchdog(callMs, (call) => endStuck(call, view)));
  for (const target of specs) {
    const mesh = meshes.use(
      await startMesh({
        target,
        socketPath: socketPathFor(target, socketEnvironment(context.env)),
        onEvent: (event) => view.progress(event.type, eventText(event), event),
        guard,
        ...(recorder !== undefined && { recorder }),
        signal: context.stop,
      }),
    );
    const rows = mesh.services.map((s) => [`  ${s.namespace}/${s.name}`, s.url]);
    view.answer('mesh', `${view.paint.bold(`target ${target.name}`)} is up\n${columns(rows)}\n`, {
      target: target.name,
      services: mesh.services,
    });
  }
  view.progress('ready', 'press Ctrl-C to stop; `wasmcast apply` in another terminal reaches it', {});
  if (!context.stop.aborted) await once(context.stop, 'abort');
  if (recorder === undefined) return;
  await meshes.disposeAsync();
  await files.disposeAsync();
  const { recorded, left } = recorder.counts;
  const rest = left === 0 ? '' : `, ${left} left out: too large, broken off, or more than fits`;
  const text = `${recorded} exchanges are recorded in ${flags.record}${rest}`;
  view.progress('recorded', text, { file: flags.record, recorded, left });
}

function record(file: string, flags: RunFlags, context: Context, view: View): Promise<HarFile> {
  return HarFile.create(path.resolve(context.cwd, file), {
    secrets: flags.recordSecrets === true,
    onEnd: (reason) => view.progress('recording-over', `nothing more is recorded: ${reason}`, { reason }),
  });
}

/** The last words of a mesh with a filter that loops, and the exit code. */
function endStuck({ filter, callback, deadlineMs }: StuckCall, view: View): number {
  const seconds = deadlineMs / 1000;
  view.failure({
    code: 'WC-LOC-012',
    message: `filter ${filter} did not come back from ${callback} within ${seconds} s, so the mesh is ended`,
    help: 'in a proxy it would block a worker for good; mend the filter, start the mesh again, and apply',
    exit: 'failed',
  });
  view.end('run', exitCodes.failed);
  return exitCodes.failed;
}

function eventText(event: MeshEvent): string {
  const what = event.type === 'filter-log' ? `${event.filter}  ${event.level}` : 'fault of the mesh';
  return `${event.service}  ${what}  ${event.message}`;
}
