import { type JsonValue, type Sha256, type Step, type WorkloadId, workloadAddress } from '@wasmcast/core';
import { kinds } from '../api/kinds.ts';
import type { Meta, PodObject, WorkloadObject } from '../api/objects.ts';
import { annotationTexts, type TemplateFragment } from '../fragments.ts';
import { configMapName } from '../names.ts';
import type { NativeWorkload, OwnedModule } from '../native.ts';
import { moduleConfigMap } from './config-map.ts';
import type { ObjectFragment } from './object.ts';

/** What must hold before an object is written or deleted. */
export interface ObjectPrecondition {
  readonly uid?: string;
  readonly resourceVersion?: string;
  /** No pod may carry this label (any value if none is given), or mount this ConfigMap. */
  readonly unused?: { readonly label: string; readonly value?: string; readonly configMap?: string };
}

/** Our part of the template of one workload: `before` and `after` of the step that changes it. */
export interface TemplateState extends TemplateFragment {
  readonly kind: 'PodTemplate';
  readonly fleet: string;
  readonly workload: { readonly namespace: string; readonly kind: string; readonly name: string };
}

/** A step's fragment as what it is; undefined if it is another kind of fragment. */
export function templateState(fragment: JsonValue): TemplateState | undefined {
  const state = fragment as unknown as TemplateState | null;
  return state?.kind === 'PodTemplate' ? state : undefined;
}

/** Kind, namespace and name of the object that a step's fragment describes. */
export function objectState(
  fragment: JsonValue,
): { readonly kind: string; readonly metadata: ObjectFragment['metadata'] } | undefined {
  const state = fragment as unknown as ObjectFragment | null;
  return state !== null && typeof state === 'object' && 'metadata' in state ? state : undefined;
}

/** What a template step was planned on, so that it needs no read first. */
export interface TemplatePrecondition {
  readonly uid: string;
  /** Grows with every change of the workload's spec. */
  readonly generation: number;
  readonly volume: string | null;
  readonly mount: string | null;
  readonly hasAnnotations: boolean;
}

export function createModuleStep(
  fleet: string,
  namespace: string,
  digest: Sha256,
  bytes: Uint8Array,
  filters: readonly string[],
): Step {
  const name = configMapName(fleet, digest);
  return {
    id: `create ConfigMap ${namespace}/${name}`,
    stage: 'prepare',
    summary: `create ConfigMap ${namespace}/${name} (${filters.join(', ')}, ${sizeText(bytes.byteLength)})`,
    precondition: null,
    before: null,
    after: moduleConfigMap(fleet, namespace, digest, bytes),
    restarts: 0,
  };
}

export function deleteModuleStep(module: OwnedModule, label: string): Step {
  const { name } = module.metadata;
  const precondition: ObjectPrecondition = {
    ...(module.metadata.uid !== undefined && { uid: module.metadata.uid }),
    unused: { label, configMap: name },
  };
  return {
    id: `delete ConfigMap ${module.namespace}/${name}`,
    stage: 'cleanup',
    summary: `delete ConfigMap ${module.namespace}/${name} (module ${name.slice(-16)})`,
    precondition: precondition as unknown as JsonValue,
    before: {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: {
        name,
        namespace: module.namespace,
        labels: { ...module.metadata.labels },
        annotations: { ...module.metadata.annotations },
      },
    },
    after: null,
    restarts: 0,
  };
}

/** A probe that was left behind; what served it goes with it. */
export function deleteProbeStep({ metadata }: PodObject): Step {
  const { namespace = '', name, uid, labels = {} } = metadata;
  const what = `delete Pod ${namespace}/${name}`;
  return {
    id: what,
    stage: 'cleanup',
    summary: `${what} (a probe that was left behind)`,
    precondition: { ...(uid !== undefined && { uid }) },
    before: {
      apiVersion: kinds.Pod.apiVersion,
      kind: kinds.Pod.kind,
      metadata: { name, namespace, labels, annotations: {} },
    },
    after: null,
    restarts: 0,
  };
}

/** A step that creates, changes or deletes one of our objects. */
export function objectStep(input: {
  readonly stage: Step['stage'];
  readonly workload: string | undefined;
  readonly before: ObjectFragment | undefined;
  readonly after: ObjectFragment | undefined;
  readonly live: Meta | undefined;
  readonly note: string;
  readonly unused?: ObjectPrecondition['unused'];
}): Step {
  const { before, after, live } = input;
  const object = after ?? before;
  if (object === undefined) throw new TypeError('a step without an object');
  const verb = before === undefined ? 'create' : after === undefined ? 'delete' : 'update';
  const what = `${verb} ${object.kind} ${object.metadata.namespace}/${object.metadata.name}`;
  const precondition: ObjectPrecondition = {
    ...(live?.uid !== undefined && { uid: live.uid }),
    ...(live?.resourceVersion !== undefined && { resourceVersion: live.resourceVersion }),
    ...(input.unused !== undefined && { unused: input.unused }),
  };
  return {
    id: what,
    stage: input.stage,
    ...(input.workload !== undefined && { workload: input.workload }),
    summary: `${what} (${input.note})`,
    precondition: precondition as unknown as JsonValue,
    before: (before ?? null) as unknown as JsonValue,
    after: (after ?? null) as unknown as JsonValue,
    restarts: 0,
  };
}

export function templateStep(
  fleet: string,
  workload: NativeWorkload,
  present: TemplateFragment,
  wanted: TemplateFragment,
  note: string,
): Step {
  const { id, object } = workload;
  const precondition = templatePrecondition(object);
  const state = (fragment: TemplateFragment): JsonValue => ({
    kind: 'PodTemplate',
    fleet,
    workload: place(id),
    ...fragment,
  });
  return {
    id: `patch ${id.kind} ${id.namespace}/${id.name}`,
    stage: 'change',
    workload: workloadAddress(id),
    summary: `patch the pod template of ${id.kind} ${id.namespace}/${id.name} (${note})`,
    precondition: precondition as unknown as JsonValue,
    before: state(present),
    after: state(wanted),
    restarts: workload.pods.filter((pod) => pod.metadata.deletionTimestamp === undefined).length,
  };
}

/** What a change of this workload's template is made on. */
export function templatePrecondition(object: WorkloadObject): TemplatePrecondition {
  const texts = annotationTexts(object);
  return {
    uid: object.metadata.uid ?? '',
    generation: object.metadata.generation ?? 0,
    volume: texts.volume ?? null,
    mount: texts.mount ?? null,
    hasAnnotations: object.spec?.template?.metadata?.annotations !== undefined,
  };
}

function place(id: WorkloadId): TemplateState['workload'] {
  return { namespace: id.namespace, kind: id.kind, name: id.name };
}

function sizeText(bytes: number): string {
  return bytes < 1024 ? `${bytes} B` : `${(bytes / 1024).toFixed(1)} KiB`;
}
