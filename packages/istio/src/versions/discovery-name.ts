import { type ImageKind, knowledgeOf, rows } from './knowledge.ts';
import type { Release } from './release.ts';

/** The name by which a proxy discovers (ECDS) the configuration of an image filter, as that release of istiod writes it. */
export function discoveryName(
  kind: ImageKind,
  namespace: string,
  name: string,
  release: Release | undefined,
): string {
  const { discoveryPrefix, discoverySuffix } = knowledgeOf(release);
  return `${discoveryPrefix}${namespace}.${name}${kind === 'WasmPlugin' ? discoverySuffix : ''}`;
}

const prefixes = new Set(rows.flatMap(({ knows }) => knows.discoveryPrefix ?? []).filter((p) => p !== ''));
const suffixes = new Set(rows.flatMap(({ knows }) => knows.discoverySuffix ?? []).filter((s) => s !== ''));

/** `namespace.name` of the WasmPlugin or TrafficExtension behind a filter of Envoy's chain, whichever release named it. */
export function imageObjectName(seen: string): string {
  const prefix = [...prefixes].find((p) => seen.startsWith(p)) ?? '';
  const suffix = [...suffixes].find((s) => seen.endsWith(s)) ?? '';
  return seen.slice(prefix.length, seen.length - suffix.length);
}
