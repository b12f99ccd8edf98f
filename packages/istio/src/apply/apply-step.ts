import { type Step, WasmcastError } from '@wasmcast/core';
import type { KubeClient } from '../api/client.ts';
import { codes } from '../compile/fault.ts';
import { objectState, templateState } from '../compile/steps.ts';
import { applyObject } from './apply-object.ts';
import { applyTemplate } from './apply-template.ts';

/** Does one step, whichever way round: idempotent, and never over what somebody else did meanwhile. */
export async function applyStep(client: KubeClient, step: Step, signal: AbortSignal): Promise<void> {
  const before = templateState(step.before);
  const after = templateState(step.after);
  if (before !== undefined && after !== undefined) {
    await applyTemplate(client, step, before, after, signal);
    return;
  }
  if (objectState(step.after ?? step.before) === undefined) {
    throw new WasmcastError(codes.worldMoved, `step ${step.id} is not one of this target`, {
      exit: 'invalid',
    });
  }
  await applyObject(client, step, signal);
}
