import { parseSha256, type Revision, type RolloutRecord, type RolloutRequest } from '@wasmcast/core';
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
  const read = parsed(json, record) as RolloutRecord;
  assertFilters([...read.wanted, ...read.previous], read.filters.length);
  return read;
}

/** Reads a revision. Throws an Error that names the member which is not as it should be. */
export function parseRevision(json: string): Revision {
  const read = parsed(json, revision) as Revision;
  assertFilters(read.chains, read.filters.length);
  return read;
}

function parsed(json: string, check: Check): unknown {
  const value: unknown = JSON.parse(json);
  const fault = check(value);
  if (fault !== undefined) throw new Error(`${fault === '' ? 'it' : fault} is malformed`);
  return value;
}

function assertFilters(chains: readonly { readonly filters: readonly number[] }[], known: number): void {
  if (chains.some(({ filters }) => filters.some((index) => index >= known)))
    throw new Error('a chain names a filter that is not there');
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
  served: optional(text),
  delivery: oneOf('configmap', 'image', 'http', 'embedded'),
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
  lock: optional(text),
  inWaves: optional(flag),
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

const revision = shape({
  schema: oneOf('wasmcast.dev/revision/v1'),
  fleet: text,
  target: text,
  number: count,
  at: text,
  by: text,
  cause: text,
  source: optional(text),
  filters: listOf(filter),
  chains: listOf(chain),
});

const request = shape({
  id: text,
  kind: oneOf('pause', 'promote', 'abort'),
  by: text,
  finished: count,
});
