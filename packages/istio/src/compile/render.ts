import { type Change, type JsonObject, type JsonValue, type Sha256, shortDigest } from '@wasmcast/core';
import { annotationTexts, type AnnotationTexts, type TemplateFragment } from '../fragments.ts';
import { mountsLabel, userVolume, userVolumeMount, volumeName } from '../names.ts';
import type { IstioSettings, Native, NativeWorkload } from '../native.ts';
import { putEntry } from './annotations/merge-entry.ts';
import { moduleConfigMap } from './config-map.ts';
import { wantedWorkload } from './wanted.ts';

/**
 * Everything that a change wants to stand, for a repository instead of for the cluster: the objects, and for each
 * workload whose pods mount modules, a strategic merge patch of its template. A module that is not at hand is left out.
 */
export function render(
  change: Change,
  native: Native,
  settings: IstioSettings,
  modules: ReadonlyMap<Sha256, Uint8Array>,
): readonly JsonValue[] {
  const configMaps = new Map<string, JsonValue>();
  const objects: JsonValue[] = [];
  const patches: JsonValue[] = [];
  const groups = Map.groupBy(change.chains, ({ workload: w }) => `${w.namespace}/${w.kind}/${w.name}`);
  for (const chains of groups.values()) {
    const { wanted } = wantedWorkload(chains, change, native, settings);
    if (wanted === undefined) continue;
    const { namespace } = wanted.workload.id;
    for (const digest of wanted.digests) {
      const bytes = modules.get(digest);
      if (bytes !== undefined) {
        configMaps.set(
          `${namespace} ${shortDigest(digest)}`,
          moduleConfigMap(change.fleet, namespace, digest, bytes),
        );
      }
    }
    objects.push(...([...wanted.envoyFilters, ...wanted.imageFilters] as unknown as JsonValue[]));
    if (wanted.template.volume !== null && wanted.template.mount !== null) {
      patches.push(templatePatch(change.fleet, wanted.workload, wanted.template));
    }
  }
  return [...configMaps.values(), ...objects, ...patches];
}

function templatePatch(fleet: string, workload: NativeWorkload, template: TemplateFragment): JsonObject {
  const { id, object } = workload;
  const texts = annotationTexts(object);
  return {
    apiVersion: 'apps/v1',
    kind: id.kind,
    metadata: { name: id.name, namespace: id.namespace },
    spec: {
      template: {
        metadata: {
          annotations: {
            [userVolume]: merged(texts.volume, fleet, template.volume),
            [userVolumeMount]: merged(texts.mount, fleet, template.mount),
          },
          labels: { [mountsLabel(fleet)]: template.label },
        },
      },
    },
  };
}

function merged(text: AnnotationTexts['volume'], fleet: string, entry: JsonObject | null): string {
  return putEntry(text, volumeName(fleet), entry ?? {});
}
