import { type JsonObject, jsonEquals, type JsonValue } from '@wasmcast/core';
import type { Kind } from '../api/kinds.ts';
import type { SpecObject } from '../api/objects.ts';

/** One of our objects: what we write of it, and nothing that the server adds. */
export interface ObjectFragment {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: {
    readonly name: string;
    readonly namespace: string;
    readonly labels: Readonly<Record<string, string>>;
    readonly annotations: Readonly<Record<string, string>>;
  };
  readonly spec: JsonObject;
}

export function objectFragment(
  kind: Kind,
  metadata: ObjectFragment['metadata'],
  spec: JsonObject,
): ObjectFragment {
  return { apiVersion: kind.apiVersion, kind: kind.kind, metadata, spec };
}

/** What stands in the cluster, cut down to what we would write: the labels and annotations that are `like` ours. */
export function observedFragment(kind: Kind, object: SpecObject): ObjectFragment {
  const ours = (map: Readonly<Record<string, string>> = {}): Record<string, string> =>
    Object.fromEntries(
      Object.entries(map).filter(
        ([key]) => key.startsWith('wasmcast.dev/') || key === 'app.kubernetes.io/managed-by',
      ),
    );
  return {
    apiVersion: kind.apiVersion,
    kind: kind.kind,
    metadata: {
      name: object.metadata.name,
      namespace: object.metadata.namespace ?? '',
      labels: ours(object.metadata.labels),
      annotations: ours(object.metadata.annotations),
    },
    spec: object.spec ?? {},
  };
}

/** True if the cluster shows what we would write. */
export function sameFragment(a: ObjectFragment, b: ObjectFragment): boolean {
  return jsonEquals(a as unknown as JsonValue, b as unknown as JsonValue);
}
