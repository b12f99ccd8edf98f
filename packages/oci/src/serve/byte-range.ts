/** What a Range header asks of so many bytes (RFC 9110, 14): a part, all, or what cannot be given. */
export type ByteRange =
  | { readonly kind: 'part'; readonly start: number; readonly end: number }
  | { readonly kind: 'all' }
  | { readonly kind: 'unsatisfiable' };

/** Reads a Range header; several ranges, other units and what is malformed are ignored, as a server may. `end` is the last byte. */
export function byteRange(header: string | undefined, size: number): ByteRange {
  const [, from = '', to = ''] = /^bytes=(\d{0,15})-(\d{0,15})$/.exec(header?.trim() ?? '') ?? [];
  if (from === '' && to === '') return { kind: 'all' };
  if (from === '') {
    const last = Math.min(Number(to), size);
    return last === 0 ? { kind: 'unsatisfiable' } : { kind: 'part', start: size - last, end: size - 1 };
  }
  const start = Number(from);
  if (to !== '' && Number(to) < start) return { kind: 'all' };
  if (start >= size) return { kind: 'unsatisfiable' };
  return { kind: 'part', start, end: to === '' ? size - 1 : Math.min(Number(to), size - 1) };
}
