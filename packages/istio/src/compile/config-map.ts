import type { JsonObject, Sha256 } from '@wasmcast/core';
import { shortDigest } from '@wasmcast/core';
import { configMapName, digestAnnotation, moduleKey, moduleLabel, ownLabels } from '../names.ts';

/** Sum of the decoded values of a ConfigMap, as the API server allows it. */
export const maxConfigMapBytes = 1_048_576;

/** The ConfigMap of one module in one namespace. It never changes: another module has another name. */
export function moduleConfigMap(
  fleet: string,
  namespace: string,
  digest: Sha256,
  bytes: Uint8Array,
): JsonObject {
  return {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: {
      name: configMapName(fleet, digest),
      namespace,
      labels: { ...ownLabels(fleet), [moduleLabel]: shortDigest(digest) },
      annotations: { [digestAnnotation]: digest },
    },
    immutable: true,
    binaryData: { [moduleKey]: Buffer.from(bytes).toString('base64') },
  };
}
