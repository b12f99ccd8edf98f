import type { WorkloadObject } from '../api/objects.ts';

/** How a workload takes a new pod template, when that deserves a word. */
export function restartNote(kind: string, object: WorkloadObject): string | undefined {
  const spec = object.spec;
  const strategy = spec?.strategy?.type ?? spec?.updateStrategy?.type;
  const partition = spec?.updateStrategy?.rollingUpdate?.partition ?? 0;
  const replicas = spec?.replicas ?? 1;
  if (spec?.paused === true) return 'paused: its pods keep what they have until it is resumed';
  if (kind !== 'DaemonSet' && replicas === 0) return 'scaled to zero: there is nothing to restart';
  if (strategy === 'OnDelete') return 'OnDelete: each pod keeps what it has until somebody deletes it';
  if (strategy === 'Recreate') return 'Recreate: all pods stop before new ones start';
  if (partition > 0) return `partition ${partition}: pods with a lower ordinal keep what they have`;
  if (kind !== 'DaemonSet' && replicas === 1) return 'single replica';
  return undefined;
}
