/** Bytes that can be read more than once and from anywhere, in pieces; they need not be in memory. */
export interface Content extends Disposable {
  readonly size: number;
  /** The bytes from `from` up to `to`. Each piece may be kept. */
  read(from: number, to: number): Iterable<Uint8Array>;
}

const pieceBytes = 256 * 1024;

/** Bytes that are in memory. */
export function contentOf(bytes: Uint8Array): Content {
  return {
    size: bytes.length,
    *read(from, to) {
      for (let at = from; at < to; at += pieceBytes) yield bytes.subarray(at, Math.min(to, at + pieceBytes));
    },
    [Symbol.dispose]: () => {},
  };
}
