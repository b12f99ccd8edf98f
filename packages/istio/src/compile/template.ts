import { type JsonObject, type Sha256, shortDigest } from '@wasmcast/core';
import type { WorkloadObject } from '../api/objects.ts';
import { annotationTexts, type TemplateFragment } from '../fragments.ts';
import {
  configMapName,
  defaultMountPath,
  fallbackMountPath,
  moduleFile,
  moduleKey,
  volumeName,
} from '../names.ts';
import { foreignEntries } from './annotations/merge-entry.ts';

/** Our part of a template that mounts these modules: one projected volume, for a mount path may occur only once. */
export function mountFragment(input: {
  readonly fleet: string;
  readonly mounts: string;
  readonly mountPath: string;
  readonly digests: readonly Sha256[];
}): TemplateFragment {
  const name = volumeName(input.fleet);
  const sources = input.digests
    .toSorted((a, b) => (shortDigest(a) < shortDigest(b) ? -1 : 1))
    .map((digest) => ({
      configMap: {
        name: configMapName(input.fleet, digest),
        items: [{ key: moduleKey, path: moduleFile(digest) }],
      },
    }));
  return {
    volume: { name, projected: { sources } },
    mount: { name, mountPath: input.mountPath, readOnly: true },
    label: input.mounts,
  };
}

/**
 * Where our modules can be mounted: where they are, else the usual folder, else one beside it. Undefined: both are taken.
 * A mount inside somebody's read-only volume, or around it, would keep the container from starting.
 */
export function chooseMountPath(
  fleet: string,
  object: WorkloadObject,
  present: TemplateFragment,
): string | undefined {
  const standing = present.mount?.['mountPath'];
  if (typeof standing === 'string') return standing;
  const texts = annotationTexts(object);
  const proxy = [
    ...(object.spec?.template?.spec?.containers ?? []),
    ...(object.spec?.template?.spec?.initContainers ?? []),
  ].filter((container) => container.name === 'istio-proxy');
  const taken = [
    ...foreignEntries(texts.mount, volumeName(fleet)).map((entry: JsonObject) => entry['mountPath']),
    ...proxy.flatMap((container) => (container.volumeMounts ?? []).map((mount) => mount.mountPath)),
  ].filter((path) => typeof path === 'string');
  return [defaultMountPath, fallbackMountPath(fleet)].find((path) =>
    taken.every((other) => !nested(path, other)),
  );
}

function nested(a: string, b: string): boolean {
  const x = `${a.replace(/\/+$/, '')}/`;
  const y = `${b.replace(/\/+$/, '')}/`;
  return x.startsWith(y) || y.startsWith(x);
}
