import type { SourceObject } from '@wasmcast/core';
import { isObject, list, text } from '../json-parts.ts';
import type { Source } from './sources.ts';
import { sourceOf } from './source-of.ts';

/** A WasmPlugin or TrafficExtension, as far as it says where its filter stands. */
export interface Plugin {
  readonly by: SourceObject;
  /** `namespace.name`, as in the name of its filter in Envoy. */
  readonly key: string;
  /** `AUTHN`, `AUTHZ`, `STATS`; empty: at the end. */
  readonly phase: string;
  /** Higher is met earlier. */
  readonly priority: number;
  readonly inbound: boolean;
  readonly outbound: boolean;
}

/** Reads one; undefined for anything else. */
export function pluginOf(source: Source): Plugin | undefined {
  const { kind, object: found } = source;
  if (kind.kind !== 'WasmPlugin' && kind.kind !== 'TrafficExtension') return undefined;
  const { spec = {}, metadata } = found;
  const phase = text(spec['phase']);
  const modes = list(spec['match'])
    .filter(isObject)
    .map((match) => text(match['mode']));
  // Without a match, and with one that names no mode, it is in both directions.
  const has = (mode: string): boolean =>
    modes.length === 0 || modes.some((each) => each !== (mode === 'SERVER' ? 'CLIENT' : 'SERVER'));
  return {
    by: sourceOf(source),
    key: `${metadata.namespace ?? ''}.${metadata.name}`,
    phase: phase === 'UNSPECIFIED_PHASE' ? '' : phase,
    priority: Number(spec['priority'] ?? 0),
    inbound: has('SERVER'),
    outbound: has('CLIENT'),
  };
}
