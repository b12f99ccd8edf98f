import { type Diagnostic, isArray, type JsonObject, type JsonValue, jsonEquals } from '@wasmcast/core';
import { codes, refuse } from './fault.ts';
import type { ObjectFragment } from './object.ts';

/**
 * A VM does not notice a new environment (envoy#40881). An EnvoyFilter gives it another vm_id; a WasmPlugin or
 * TrafficExtension cannot, so with the same module the old environment would go on, while the proxy shows the new one and
 * every verdict says live.
 */
export function envFaults(
  before: ObjectFragment | undefined,
  after: ObjectFragment,
  subject: string,
): readonly Diagnostic[] {
  if (before === undefined || after.kind === 'EnvoyFilter') return [];
  const [old, wanted] = [wasmOf(before), wasmOf(after)];
  if (old['sha256'] !== wanted['sha256'] || jsonEquals(envOf(old), envOf(wanted))) return [];
  return [
    refuse(
      codes.envOfLiveImage,
      subject,
      `${after.kind} ${after.metadata.name} would get another environment with the same module, which a VM that runs does not notice`,
      'deliver it by configmap, push it as another image, or take it out, apply, and put it back',
    ),
  ];
}

/** A WasmPlugin is the filter itself; a TrafficExtension has it under `wasm`. */
function wasmOf({ kind, spec }: ObjectFragment): JsonObject {
  const wasm = kind === 'TrafficExtension' ? spec['wasm'] : spec;
  return isObject(wasm) ? wasm : {};
}

function envOf(wasm: JsonObject): JsonValue {
  const { vmConfig } = wasm;
  return (isObject(vmConfig) ? vmConfig['env'] : undefined) ?? [];
}

function isObject(value: JsonValue | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !isArray(value);
}
