import type { Sha256 } from '@wasmcast/core';
import type { PodSpec } from '../api/objects.ts';
import { configMapName, moduleFile, moduleKey, volumeName } from '../names.ts';

/** A pod's spec, as far as it says what its sidecar has mounted. */
export type Mounts = Pick<PodSpec, 'containers' | 'initContainers' | 'volumes'>;

/** Where a module's file is in the sidecar, by the pod's own spec; or why it is nowhere. */
export function describeMount(
  pod: Mounts,
  fleet: string,
  digest: Sha256,
): { readonly path?: string; readonly fault?: string } {
  const name = volumeName(fleet);
  const proxy = [...(pod.containers ?? []), ...(pod.initContainers ?? [])].find(
    (c) => c.name === 'istio-proxy',
  );
  const mount = proxy?.volumeMounts?.find((m) => m.name === name);
  if (mount === undefined) return { fault: `the sidecar does not mount ${name}` };
  const volume = pod.volumes?.find((v) => v.name === name);
  const source = volume?.projected?.sources?.find((s) => s.configMap?.name === configMapName(fleet, digest));
  const item = source?.configMap?.items?.find((i) => i.key === moduleKey && i.path === moduleFile(digest));
  if (item === undefined)
    return { fault: `its volume ${name} does not have ${configMapName(fleet, digest)}` };
  return { path: `${mount.mountPath.replace(/\/+$/, '')}/${item.path}` };
}
