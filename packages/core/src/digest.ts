declare const brand: unique symbol;

/** A sha256 as 64 lower-case hex digits, without a prefix. */
export type Sha256 = string & { readonly [brand]: 'Sha256' };

const pattern = /^[0-9a-f]{64}$/;

/** Reads `<64 hex>` or `sha256:<64 hex>`; `undefined` for anything else (RFC 6920 style algorithms are not accepted). */
export function parseSha256(text: string): Sha256 | undefined {
  const hex = text.startsWith('sha256:') ? text.slice(7) : text;
  return pattern.test(hex) ? (hex as Sha256) : undefined;
}

/** The 16 hex digits that names and labels in a cluster carry: 64 do not fit a label. */
export function shortDigest(digest: Sha256): string {
  return digest.slice(0, 16);
}
