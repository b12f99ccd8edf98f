import {
  type Change,
  type Diagnostic,
  hasErrors,
  type JsonObject,
  type JsonValue,
  type Rendered,
  type Sha256,
  shortDigest,
  workloadAddress,
} from '@wasmcast/core';
import { annotationTexts, type AnnotationTexts, type TemplateFragment } from '../fragments.ts';
import { mountsLabel, userVolume, userVolumeMount, volumeName } from '../names.ts';
import type { IstioSettings, Native, NativeWorkload } from '../native.ts';
import { putEntry } from './annotations/merge-entry.ts';
import { compileSteps } from './compile.ts';
import { moduleConfigMap } from './config-map.ts';
import { codes, refuse } from './fault.ts';
import type { ObjectFragment } from './object.ts';
import { wantedWorkload } from './wanted.ts';

/**
 * Everything that a change wants to stand, for a repository instead of for the cluster: the objects, and for each workload
 * whose pods mount modules, a strategic merge patch of its template. Always in the same order.
 */
export function render(
  change: Change,
  native: Native,
  settings: IstioSettings,
  modules: ReadonlyMap<Sha256, Uint8Array>,
): Rendered {
  // What is refused when we write it is no better when somebody else does; only rights are their own affair.
  const compiled = compileSteps(change, native, settings, modules);
  const diagnostics = [...compiled.diagnostics];
  if (hasErrors(diagnostics)) return { objects: [], patches: [], diagnostics };
  const configMaps = new Map<string, JsonObject>();
  const objects: ObjectFragment[] = [];
  const patches: JsonObject[] = [];
  const groups = Map.groupBy(change.chains, (chain) => workloadAddress(chain.workload));
  for (const [, chains] of [...groups].toSorted(([a], [b]) => (a < b ? -1 : 1))) {
    const { wanted } = wantedWorkload(chains, change, native, settings);
    if (wanted === undefined) continue;
    const { namespace } = wanted.workload.id;
    for (const digest of wanted.digests) {
      const bytes = modules.get(digest);
      const name = `${namespace} ${shortDigest(digest)}`;
      if (bytes === undefined) diagnostics.push(missingModule(digest, wanted.workload));
      else configMaps.set(name, moduleConfigMap(change.fleet, namespace, digest, bytes));
    }
    objects.push(...wanted.envoyFilters, ...wanted.imageFilters);
    if (wanted.template.volume !== null && wanted.template.mount !== null) {
      patches.push(templatePatch(change.fleet, wanted.workload, wanted.template));
    }
  }
  const modulesFirst = [...configMaps].toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([, object]) => object);
  return { objects: [...modulesFirst, ...(objects as unknown as JsonValue[])], patches, diagnostics };
}

/** The cluster has it, so it would do for `apply`; a repository without it would prune it. */
function missingModule(digest: Sha256, { id }: NativeWorkload): Diagnostic {
  return refuse(
    codes.noModule,
    workloadAddress(id),
    `the module sha256:${digest} is in namespace ${id.namespace}, and not at hand to be rendered`,
    'render from the manifest that has the module',
  );
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
