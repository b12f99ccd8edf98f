import { type JsonObject, type JsonValue } from '@wasmcast/core';
import { kinds } from '../api/kinds.ts';
import type { WorkloadObject } from '../api/objects.ts';
import { putEntry } from '../compile/annotations/merge-entry.ts';
import { annotationTexts, type TemplateFragment } from '../fragments.ts';
import {
  ownLabels,
  probeHash,
  probeId,
  probeLabel,
  userVolume,
  userVolumeMount,
  volumeName,
  workloadAnnotation,
  workloadKey,
} from '../names.ts';
import type { NativeWorkload } from '../native.ts';
import { proxyContainer } from '../verify/admin.ts';

/** Nothing of a probe outlives this, even if whoever started it is killed and never comes back. In seconds. */
const activeDeadlineSeconds = 600;

/** What decides how, where and as whom a sidecar starts. The rest of a pod's spec is the application's. */
const keptFields = [
  'serviceAccountName',
  'automountServiceAccountToken',
  'imagePullSecrets',
  'nodeSelector',
  'tolerations',
  'hostAliases',
  'dnsPolicy',
  'dnsConfig',
  'securityContext',
  'runtimeClassName',
  'schedulerName',
] as const;

/** Labels that Istio's webhook goes by. All others are the workload's: Services and ReplicaSets select by them. */
const keptLabels: ReadonlySet<string> = new Set(['sidecar.istio.io/inject', 'istio.io/rev']);

/** Annotations of the sidecar; others call other injectors, or scrapers, or the application. */
const sidecarAnnotation = /(^|\.)istio\.io\//;

/**
 * The pod that stands for a workload: its sidecar as it will be, and nothing else. No label of the workload's is on it, so
 * that no Service sends it traffic and no controller adopts it. Its one container is the sidecar itself, which Istio's
 * webhook completes (`image: auto`): that image every pod of the mesh has, and no other needs to be pulled.
 */
export function probePod(fleet: string, workload: NativeWorkload, template: TemplateFragment): JsonObject {
  const { id, object } = workload;
  const { metadata, spec } = object.spec?.template ?? {};
  const given = (spec ?? {}) as JsonObject;
  const { container, volumes } = proxyOf(object);
  const nodeAffinity = (given['affinity'] as JsonObject | undefined)?.['nodeAffinity'];
  return {
    apiVersion: kinds.Pod.apiVersion,
    kind: kinds.Pod.kind,
    metadata: {
      name: probeId(fleet, id).name,
      namespace: id.namespace,
      labels: {
        ...pick(metadata?.labels, (key) => keptLabels.has(key)),
        ...ownLabels(fleet),
        [probeLabel]: probeHash(fleet, id),
      },
      annotations: {
        ...pick(metadata?.annotations, (key) => sidecarAnnotation.test(key)),
        ...mounted(fleet, object, template),
        // As a native sidecar it would be an init container, and a pod needs one that is not.
        'sidecar.istio.io/nativeSidecar': 'false',
        [workloadAnnotation]: workloadKey(id),
      },
    },
    spec: {
      ...pick(given, (key) => keptFields.some((kept) => kept === key)),
      ...(nodeAffinity !== undefined && { affinity: { nodeAffinity } }),
      activeDeadlineSeconds,
      terminationGracePeriodSeconds: 1,
      containers: [container],
      ...(volumes.length > 0 && { volumes }),
    },
  };
}

/** The two annotations as the workload will have them, foreign entries included. */
function mounted(
  fleet: string,
  object: WorkloadObject,
  { volume, mount }: TemplateFragment,
): Record<string, string> {
  if (volume === null || mount === null) return {};
  const texts = annotationTexts(object);
  return {
    [userVolume]: putEntry(texts.volume, volumeName(fleet), volume),
    [userVolumeMount]: putEntry(texts.mount, volumeName(fleet), mount),
  };
}

/** The sidecar's container: the template's own if it customises one, with the volumes that this one mounts. */
function proxyOf(object: WorkloadObject): { readonly container: JsonObject; readonly volumes: JsonValue[] } {
  const { containers = [], initContainers = [], volumes = [] } = object.spec?.template?.spec ?? {};
  const own = [...containers, ...initContainers].find((each) => each.name === proxyContainer);
  const { restartPolicy: _native, ...custom } = own ?? { name: proxyContainer };
  const names = new Set(own?.volumeMounts?.map((mount) => mount.name));
  return {
    // Without a policy the API server reads `auto` as a tag that moves, and would have it pulled each time.
    container: { image: 'auto', imagePullPolicy: 'IfNotPresent', ...custom } as unknown as JsonObject,
    volumes: volumes.filter((volume) => names.has(volume.name)) as unknown as JsonValue[],
  };
}

function pick<T>(map: Readonly<Record<string, T>> = {}, keeps: (key: string) => boolean): Record<string, T> {
  return Object.fromEntries(Object.entries(map).filter(([key]) => keeps(key)));
}
