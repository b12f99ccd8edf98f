import { type Step, WasmcastError } from '@wasmcast/core';
import type { KubeClient } from '../api/client.ts';
import { codes } from '../compile/fault.ts';
import { objectState, templateState } from '../compile/steps.ts';
import { applyObject } from './apply-object.ts';
import { applyTemplate } from './apply-template.ts';
import type { StillOurs } from './place.ts';

/**
 * Does one step, whichever way round: idempotent, and never over what somebody else did meanwhile. Each write names the very
 * version that it was made for: the one that the plan saw, or one that was read anew and after which `stillOurs` has seen
 * that nobody else rolls out. So what a successor wrote is newer than that version, and the API server refuses ours.
 */
export async function applyStep(
  client: KubeClient,
  step: Step,
  stillOurs: StillOurs,
  signal: AbortSignal,
): Promise<void> {
  const before = templateState(step.before);
  const after = templateState(step.after);
  if (before !== undefined && after !== undefined) {
    await applyTemplate(client, step, before, after, stillOurs, signal);
    return;
  }
  if (objectState(step.after ?? step.before) === undefined) {
    throw new WasmcastError(codes.worldMoved, `step ${step.id} is not one of this target`, {
      exit: 'invalid',
    });
  }
  await applyObject(client, step, stillOurs, signal);
}
