import type { Sha256 } from '@wasmcast/core';
import { OciError } from '../errors.ts';

const pattern = /^sha256:([0-9a-f]{64})$/;

/**
 * Reads `sha256:<64 hex>`; `undefined` for anything else. A digest that did not pass here never reaches a URL, a path or
 * a comparison (CVE-2024-3727: a digest taken as given became a path traversal).
 */
export function parseDigest(text: unknown): Sha256 | undefined {
  if (typeof text !== 'string') return undefined;
  return pattern.exec(text)?.[1] as Sha256 | undefined;
}

/** Like {@link parseDigest}. @throws OciError `digest` */
export function requireDigest(text: unknown, where: string): Sha256 {
  const digest = parseDigest(text);
  if (digest === undefined) throw new OciError('digest', `${where}: not a sha256 digest`);
  return digest;
}

/** The form that registries use: `sha256:<64 hex>`. */
export function formatDigest(digest: Sha256): string {
  return `sha256:${digest}`;
}
