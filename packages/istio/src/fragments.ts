import type { JsonObject } from '@wasmcast/core';
import type { WorkloadObject } from './api/objects.ts';
import { findEntry } from './compile/annotations/merge-entry.ts';
import { mountsLabel, userVolume, userVolumeMount, volumeName } from './names.ts';

/** Our part of a pod template. All or nothing of it stands there, unless somebody took a piece away. */
export interface TemplateFragment {
  readonly volume: JsonObject | null;
  readonly mount: JsonObject | null;
  /** Value of the mounts label. */
  readonly label: string | null;
}

export const noFragment: TemplateFragment = { volume: null, mount: null, label: null };

/** The texts of the two annotations, whoever wrote them. */
export interface AnnotationTexts {
  readonly volume: string | undefined;
  readonly mount: string | undefined;
}

export function annotationTexts(object: WorkloadObject): AnnotationTexts {
  const annotations = object.spec?.template?.metadata?.annotations;
  return { volume: annotations?.[userVolume], mount: annotations?.[userVolumeMount] };
}

/** Our part of a workload's template; a string names the annotation that cannot be read, and why. */
export function readFragment(fleet: string, object: WorkloadObject): TemplateFragment | string {
  const texts = annotationTexts(object);
  const volume = findEntry(texts.volume, volumeName(fleet));
  if (typeof volume === 'string') return `${userVolume}: ${volume}`;
  const mount = findEntry(texts.mount, volumeName(fleet));
  if (typeof mount === 'string') return `${userVolumeMount}: ${mount}`;
  const label = object.spec?.template?.metadata?.labels?.[mountsLabel(fleet)];
  return { volume: volume ?? null, mount: mount ?? null, label: label ?? null };
}
