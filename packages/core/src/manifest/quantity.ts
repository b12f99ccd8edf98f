/** Bytes as Kubernetes writes them, with the binary suffixes. */
export const quantityPattern = /^(\d{1,9})(Ki|Mi|Gi)?$/;

const factors: Readonly<Record<string, number>> = { Ki: 1024, Mi: 1024 ** 2, Gi: 1024 ** 3 };

/** Bytes of a quantity such as `512Ki` or `5Mi`; undefined for anything else. */
export function parseQuantity(text: string): number | undefined {
  const [, digits, suffix = ''] = quantityPattern.exec(text) ?? [];
  return digits === undefined ? undefined : Number(digits) * (factors[suffix] ?? 1);
}
