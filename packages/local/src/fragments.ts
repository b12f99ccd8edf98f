import { createHash } from 'node:crypto';
import {
  canonicalJson,
  parseSha256,
  WasmcastError,
  type DesiredFilter,
  type JsonValue,
  type Sha256,
} from '@wasmcast/core';
import { readFilter } from './filter-shape.ts';
import { list, member, nonNegativeInteger, object, text } from './shape.ts';

/** Bytes that one module may have. */
export const maxModuleBytes = 64 * 1024 * 1024;

/** Filters that one fleet may have on one service. */
export const maxChainLength = 256;

/** A service of a mesh by name. */
export interface ServiceName {
  readonly namespace: string;
  readonly name: string;
}

/** What a `change` step writes: all filters of one fleet on one service. */
export interface ChainFragment {
  readonly kind: 'chain';
  readonly fleet: string;
  readonly service: ServiceName;
  readonly direction: 'inbound';
  readonly filters: readonly DesiredFilter[];
}

/** What `prepare` and `cleanup` steps write: a module that a fleet holds. Fleets hold modules each for itself. */
export interface ModuleFragment {
  readonly kind: 'module';
  readonly fleet: string;
  readonly digest: Sha256;
  /** Bytes. */
  readonly size: number;
  /** Base64. */
  readonly bytes: string;
}

/** Our part of the embedded mesh, as steps carry it. */
export type Fragment = ChainFragment | ModuleFragment;

/** A fragment as a step carries it: plain JSON, without members that are undefined. */
export function fragmentJson(fragment: Fragment | null): JsonValue {
  return JSON.parse(JSON.stringify(fragment)) as JsonValue;
}

/** Reads what a step carries; throws `WC-LOC-007` for anything else. */
export function readFragment(value: JsonValue): Fragment | null {
  if (value === null) return null;
  const { kind } = object(value, 'fragment');
  if (kind === 'chain') return readChain(value);
  if (kind === 'module') return readModule(value);
  throw new WasmcastError('WC-LOC-007', 'a step of another kind of target, or of another version', {
    help: 'make the plan again',
  });
}

function readChain(value: JsonValue): ChainFragment {
  const service = member(value, 'service');
  const direction = text(value, 'direction');
  if (direction !== 'inbound')
    throw new WasmcastError('WC-LOC-007', `an embedded service has no ${direction} chain`);
  return {
    kind: 'chain',
    fleet: text(value, 'fleet'),
    service: { namespace: text(service, 'namespace'), name: text(service, 'name') },
    direction,
    filters: list(value, 'filters', maxChainLength).map(readFilter),
  };
}

function readModule(value: JsonValue): ModuleFragment {
  const digest = parseSha256(text(value, 'digest'));
  if (digest === undefined) throw new WasmcastError('WC-LOC-007', 'the digest of a module is not a sha256');
  const size = nonNegativeInteger(value, 'size');
  if (size > maxModuleBytes)
    throw new WasmcastError('WC-LOC-007', `a module of ${size} bytes is over the limit of ${maxModuleBytes}`);
  return { kind: 'module', fleet: text(value, 'fleet'), digest, size, bytes: text(value, 'bytes') };
}

/** True if a service shows the same either way; modules are the same by digest. */
export function sameFragment(a: Fragment | null, b: Fragment | null): boolean {
  if (a?.kind === 'module' && b?.kind === 'module') return a.fleet === b.fleet && a.digest === b.digest;
  return canonicalJson(fragmentJson(a)) === canonicalJson(fragmentJson(b));
}

/**
 * Version of a service as one fleet sees it: changes with the fleet's own chain and with the daemon. What other fleets do
 * on the service does not disturb this fleet's plan.
 */
export function chainVersion(daemon: string, fragment: ChainFragment | null): string {
  return createHash('sha256')
    .update(`${daemon}\0${canonicalJson(fragmentJson(fragment))}`)
    .digest('hex')
    .slice(0, 16);
}
