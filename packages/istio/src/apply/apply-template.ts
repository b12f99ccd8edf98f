import { jsonEquals, type JsonObject, type JsonValue, type Step, WasmcastError } from '@wasmcast/core';
import { isStatus } from '../api/api-error.ts';
import type { KubeClient, PatchOp } from '../api/client.ts';
import { kinds } from '../api/kinds.ts';
import type { WorkloadObject } from '../api/objects.ts';
import { putEntry, takeEntry } from '../compile/annotations/merge-entry.ts';
import { codes } from '../compile/fault.ts';
import { type TemplatePrecondition, templatePrecondition, type TemplateState } from '../compile/steps.ts';
import { readFragment, type TemplateFragment } from '../fragments.ts';
import { mountsLabel, userVolume, userVolumeMount, volumeName } from '../names.ts';
import { assertModules } from './assert-modules.ts';
import type { StillOurs } from './place.ts';

const maxTries = 5;

/**
 * Puts our fragment into a pod template. What stands in the annotations is tested in the very patch that changes it, so
 * nothing of others is overwritten: if they wrote meanwhile, their text is read and merged anew. The generation tells
 * whether the template was changed and changed back, and unlike the version it does not grow while pods come and go.
 */
export async function applyTemplate(
  client: KubeClient,
  step: Step,
  before: TemplateState,
  after: TemplateState,
  stillOurs: StillOurs,
  signal: AbortSignal,
): Promise<void> {
  const { namespace, kind: kindName, name } = after.workload;
  const kind = kinds[kindName as 'Deployment' | 'StatefulSet' | 'DaemonSet'];
  await assertModules(client, after, signal);
  let seen = step.precondition as unknown as TemplatePrecondition | null;
  for (let attempt = 0; attempt < maxTries; attempt++) {
    if (seen !== null) {
      try {
        await client.patch(kind, namespace, name, templatePatch(before, after, seen), signal);
        return;
      } catch (error) {
        // A test of the patch failed: 422. Anything else is not about what stands there.
        if (!isStatus(error, 409, 422)) throw error;
        if (attempt === maxTries - 1) throw error;
      }
    }
    const object = await client.get<WorkloadObject>(kind, namespace, name, signal);
    if (object === undefined) {
      throw moved(after, `there is no ${kindName} ${namespace}/${name} any more`);
    }
    const current = readFragment(after.fleet, object);
    if (typeof current === 'string') throw moved(after, `the annotation ${current}`);
    if (same(current, after)) return;
    if (!same(current, before)) throw moved(after, 'what stands there of ours is not what the plan saw');
    await stillOurs();
    seen = templatePrecondition(object);
  }
  throw moved(after, 'somebody keeps changing it');
}

function same(a: TemplateFragment, b: TemplateFragment): boolean {
  const pick = ({ volume, mount, label }: TemplateFragment): JsonValue => ({ volume, mount, label });
  return jsonEquals(pick(a), pick(b));
}

function moved(state: TemplateState, what: string): WasmcastError {
  const { kind, namespace, name } = state.workload;
  return new WasmcastError(codes.worldMoved, `${kind} ${namespace}/${name} changed meanwhile: ${what}`, {
    help: 'make a new plan',
  });
}

/** The JSON Patch from what is known to stand there to our fragment put in or taken out. */
export function templatePatch(
  before: TemplateState,
  after: TemplateState,
  seen: TemplatePrecondition,
): readonly PatchOp[] {
  const metadata = '/spec/template/metadata';
  const name = volumeName(after.fleet);
  const ops: PatchOp[] = [
    { op: 'test', path: '/metadata/uid', value: seen.uid },
    { op: 'test', path: '/metadata/generation', value: seen.generation },
  ];
  const annotations = `${metadata}/annotations`;
  if (!seen.hasAnnotations) {
    ops.push({ op: 'test', path: annotations, value: null }, { op: 'add', path: annotations, value: {} });
  }
  ops.push(
    ...textOps(`${annotations}/${pointer(userVolume)}`, seen.volume, edit(seen.volume, name, after.volume)),
    ...textOps(`${annotations}/${pointer(userVolumeMount)}`, seen.mount, edit(seen.mount, name, after.mount)),
    ...textOps(`${metadata}/labels/${pointer(mountsLabel(after.fleet))}`, before.label, after.label),
  );
  return ops;
}

function edit(text: string | null, name: string, entry: JsonObject | null): string | null {
  const standing = text ?? undefined;
  return entry === null ? (takeEntry(standing, name) ?? null) : putEntry(standing, name, entry);
}

function textOps(path: string, from: string | null, to: string | null): readonly PatchOp[] {
  const test: PatchOp = { op: 'test', path, value: from };
  if (from === to) return from === null ? [] : [test];
  if (to === null) return [test, { op: 'remove', path }];
  return [test, { op: from === null ? 'add' : 'replace', path, value: to }];
}

/** RFC 6901. */
function pointer(key: string): string {
  return key.replaceAll('~', '~0').replaceAll('/', '~1');
}
