import { parseSha256, type RolloutRecord, type RolloutRequest } from '@wasmcast/core';
import {
  type Check,
  count,
  duration,
  flag,
  jsonObject,
  listOf,
  mapOf,
  oneOf,
  optional,
  shape,
  text,
} from './shape.ts';

/** Reads a record. Throws an Error that names the member which is not as it should be. */
export function parseRollout(json: string): RolloutRecord {
  const value: unknown = JSON.parse(json);
  const fault = record(value);
  if (fault !== undefined) throw new Error(`${fault === '' ? 'it' : fault} is malformed`);
  const read = value as RolloutRecord;
  for (const { filters } of [...read.wanted, ...read.previous])
    if (filters.some((index) => index >= read.filters.length))
      throw new Error('a chain names a filter that is not there');
  return read;
}

/** Reads a request; undefined if it is none. */
export function parseRequest(json: string): RolloutRequest | undefined {
  try {
    const value: unknown = JSON.parse(json);
    return request(value) === undefined ? (value as RolloutRequest) : undefined;
  } catch {
    return undefined;
  }
}

const sha256: Check = (value) =>
  typeof value === 'string' && parseSha256(value) !== undefined ? undefined : '';

const config: Check = (value) => {
  const { kind } = (value ?? {}) as { readonly kind?: unknown };
  if (kind === 'none') return undefined;
  return kind === 'text' ? shape({ text })(value) : shape({ kind: oneOf('json'), value: jsonObject })(value);
};

const filter = shape({
  name: text,
  moduleDigest: sha256,
  moduleSize: count,
  image: optional(shape({ reference: text, digest: sha256, pullSecret: optional(text) })),
  delivery: oneOf('configmap', 'image', 'embedded'),
  position: oneOf('first', 'authn', 'authz', 'last'),
  rootId: text,
  vmId: text,
  allowPrecompiled: flag,
  env: mapOf(text),
  config,
  onFailure: oneOf('closed', 'open', 'reload'),
});

const chain = shape({
  workload: shape({
    target: text,
    namespace: text,
    kind: oneOf('Deployment', 'StatefulSet', 'DaemonSet', 'LocalService'),
    name: text,
  }),
  direction: oneOf('inbound', 'outbound', 'gateway'),
  filters: listOf(count),
});

const record = shape({
  schema: oneOf('wasmcast.dev/rollout/v1'),
  fleet: text,
  target: text,
  id: text,
  version: count,
  cause: text,
  by: text,
  since: text,
  phase: oneOf('rolling', 'paused', 'stopped', 'going-back', 'went-back'),
  reason: optional(text),
  waves: listOf(
    shape({ workloads: listOf(text), instances: count, restarts: count, pauseMs: duration, manual: flag }),
  ),
  finished: count,
  promoted: count,
  answered: optional(text),
  filters: listOf(filter),
  wanted: listOf(chain),
  previous: listOf(chain),
});

const request = shape({ id: text, kind: oneOf('pause', 'promote', 'abort'), by: text });
