import type { Step } from '@wasmcast/core';
import type { Native } from '../native.ts';
import { foreignWriterOf } from '../owners/writers.ts';
import { nameKey } from './owned.ts';
import { objectState, templateState } from './steps.ts';

/** A step with who else wrote last what it changes: the API server remembers that of every field. */
export function withWriter(step: Step, native: Native): Step {
  const by = writerOf(step, native);
  return by === undefined ? step : { ...step, changedBy: by };
}

function writerOf(step: Step, native: Native): Step['changedBy'] {
  if (templateState(step.after) !== undefined) {
    const workload = native.workloads.get(step.workload ?? '');
    return foreignWriterOf(workload?.object.metadata, [['spec', 'template', 'metadata']]);
  }
  const state = objectState(step.before);
  if (state === undefined) return undefined;
  const standing = native.owned.byName.get(nameKey(state))?.owned.object.metadata;
  return foreignWriterOf(standing, [['spec'], ['metadata', 'labels'], ['metadata', 'annotations']]);
}
