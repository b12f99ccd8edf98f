import { canonicalJson, type DesiredFilter, type JsonValue, parseSha256 } from '@wasmcast/core';
import { shortHash } from './names.ts';

/**
 * What an object of Istio cannot say about a filter; it stands in an annotation. Everything else is read from the spec,
 * so that a spec changed by hand shows as what it is.
 */
export type FilterMeta = Pick<
  DesiredFilter,
  'name' | 'moduleDigest' | 'moduleSize' | 'position' | 'vmId' | 'allowPrecompiled' | 'image'
> & { readonly config: 'none' | 'text' | 'json' };

/** The annotation for filters in chain order. */
export function writeFilterMeta(filters: readonly DesiredFilter[]): string {
  return canonicalJson(
    filters.map(
      ({ name, moduleDigest, moduleSize, position, vmId, allowPrecompiled, image, config }): JsonValue => ({
        name,
        moduleDigest,
        moduleSize,
        position,
        vmId,
        allowPrecompiled,
        ...(image !== undefined && { image: { ...image } }),
        config: config.kind,
      }),
    ),
  );
}

/** Reads the annotation; what is not ours gives an empty list. */
export function readFilterMeta(text: string | undefined): readonly FilterMeta[] {
  try {
    const list = JSON.parse(text ?? '[]') as readonly FilterMeta[];
    return list.filter((m) => typeof m.name === 'string' && parseSha256(m.moduleDigest) !== undefined);
  } catch {
    return [];
  }
}

/**
 * The vm_id that Envoy gets. A running VM does not notice a new environment (envoy#40881), so the environment is part of
 * its identity.
 */
export function effectiveVmId(filter: Pick<DesiredFilter, 'vmId' | 'env'>): string {
  if (Object.keys(filter.env).length === 0) return filter.vmId;
  return `${filter.vmId}-${shortHash(canonicalJson(filter.env)).slice(0, 8)}`;
}
