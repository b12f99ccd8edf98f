import {
  type Chain,
  type DesiredFilter,
  type Diagnostic,
  type Lock,
  type TargetSpec,
  lockedFilter,
  original,
} from '@wasmcast/core';
import type { SignaturePolicy } from '../modules/signature-policy.ts';

/** The filters of chains, each once, with their images as the manifest knows them: the mirrors of the target undone. */
export function filtersOf(chains: readonly Chain[], spec: TargetSpec | undefined): readonly DesiredFilter[] {
  const mirrors = spec?.kind === 'istio' ? (spec.mirrors ?? []) : [];
  const all = chains.flatMap((chain) => chain.filters);
  const once = new Map(all.map((f) => [`${f.name} ${f.moduleDigest} ${f.image?.reference}`, f]));
  return [...once.values()].map((filter) =>
    filter.image === undefined ? filter : { ...filter, image: original(filter.image, mirrors) },
  );
}

/** Why the image of a filter that stands in a plan or in a target may not run by the fleet's rules for signatures. */
export async function signatureFaults(
  { name, image, moduleDigest: module }: DesiredFilter,
  lock: Lock | undefined,
  policy: SignaturePolicy,
  signal: AbortSignal,
): Promise<readonly Diagnostic[]> {
  if (image === undefined) return [];
  // Only the lock remembers which index led to the image, and the index may be what is signed.
  const locked = lock && lockedFilter(lock, name)?.image;
  const index = locked?.digest === image.digest ? locked.index : undefined;
  const { reference } = image;
  const found = await policy({ reference, module, ...(index !== undefined && { index }) }, signal);
  return found.map((each) => ({ ...each, subject: `filter ${name}` }));
}
