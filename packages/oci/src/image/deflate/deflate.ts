import { BitWriter } from './bit-writer.ts';
import { type PrefixCode, prefixCode } from './huffman.ts';
import { type Block, Matches, mostStored } from './matches.ts';

/** A block has no more bytes in any form: it is stored if coding does not make it smaller. */
const mostOfBlock = mostStored + 1024;

/**
 * DEFLATE (RFC 1951) with dynamic codes, or stored where these gain nothing. Our own, because an image's digest must not depend
 * on who builds it: zlib's output changes with its version and, in Node's copy, with the processor. Whatever changes the output here
 * changes the digest of every image, so a test pins it. However the bytes are cut into pieces, the same come out.
 */
export class Deflate {
  readonly #matches = new Matches();
  readonly #writer = new BitWriter(mostOfBlock);

  /** Takes bytes in; what comes out may be used until the next is asked for. */
  *write(bytes: Uint8Array): Generator<Uint8Array, void, undefined> {
    for (let rest = bytes; rest.length > 0;) {
      rest = rest.subarray(this.#matches.feed(rest));
      yield* this.#blocks();
    }
  }

  /** The rest. */
  *end(): Generator<Uint8Array, void, undefined> {
    this.#matches.end();
    yield* this.#blocks();
  }

  *#blocks(): Generator<Uint8Array, void, undefined> {
    const { tokens } = this.#matches;
    for (let isLast = false; !isLast;) {
      const block = this.#matches.next();
      if (block === undefined) return;
      ({ isLast } = block);
      writeBlock(this.#writer, tokens.subarray(0, block.count), block);
      if (isLast) this.#writer.align();
      yield this.#writer.take();
    }
  }
}

const endOfBlock = 256;
const lengthBase = [
  3, 4, 5, 6, 7, 8, 9, 10, 11, 13, 15, 17, 19, 23, 27, 31, 35, 43, 51, 59, 67, 83, 99, 115, 131, 163, 195,
  227, 258,
];
const lengthExtra = [0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3, 4, 4, 4, 4, 5, 5, 5, 5, 0];
const distanceBase = [
  1, 2, 3, 4, 5, 7, 9, 13, 17, 25, 33, 49, 65, 97, 129, 193, 257, 385, 513, 769, 1025, 1537, 2049, 3073, 4097,
  6145, 8193, 12_289, 16_385, 24_577,
];
const distanceExtra = distanceBase.map((_, symbol) => Math.max(0, (symbol >> 1) - 1));
const lengthSymbol = symbolTable(lengthBase, 258);
const distanceSymbol = symbolTable(distanceBase, 32_768);

function writeBlock(out: BitWriter, tokens: Uint32Array, { size, bytes, isLast }: Block): void {
  const literalUse = new Uint32Array(286);
  const distanceUse = new Uint32Array(30);
  literalUse[endOfBlock] = 1;
  for (let at = 0; at < tokens.length; at += 1) {
    const token = tokens[at] as number;
    if (token < 256) increment(literalUse, token);
    else {
      increment(literalUse, 257 + (lengthSymbol[token >>> 16] as number));
      increment(distanceUse, distanceSymbol[token & 0xffff] as number);
    }
  }
  const literals = prefixCode(literalUse, 15);
  const distances = prefixCode(distanceUse, 15);
  const coded =
    bitsOf(literalUse, literals, 257, lengthExtra) + bitsOf(distanceUse, distances, 0, distanceExtra);
  if (bytes !== undefined && coded >= 8 * size) {
    store(out, bytes, isLast);
    return;
  }
  out.put(isLast ? 1 : 0, 1);
  out.put(2, 2);
  writeCodes(out, literals, distances);
  for (let at = 0; at < tokens.length; at += 1) {
    const token = tokens[at] as number;
    if (token < 256) {
      put(out, literals, token);
      continue;
    }
    const length = token >>> 16;
    const symbol = lengthSymbol[length] as number;
    put(out, literals, 257 + symbol);
    out.put(length - (lengthBase[symbol] as number), lengthExtra[symbol] as number);
    const distance = token & 0xffff;
    const far = distanceSymbol[distance] as number;
    put(out, distances, far);
    out.put(distance - (distanceBase[far] as number), distanceExtra[far] as number);
  }
  put(out, literals, endOfBlock);
}

/** RFC 1951, 3.2.4: the bytes as they are, at most 65,535 at a time. */
function store(out: BitWriter, bytes: Uint8Array, isLast: boolean): void {
  let at = 0;
  do {
    const part = bytes.subarray(at, at + 0xffff);
    at += part.length;
    out.put(isLast && at === bytes.length ? 1 : 0, 3);
    out.align();
    out.put(part.length, 16);
    out.put(part.length ^ 0xffff, 16);
    out.append(part);
  } while (at < bytes.length);
}

/** How many bits symbols take that are used so often, with their extra bits, of which those from `first` on have some. */
function bitsOf(use: Uint32Array, { lengths }: PrefixCode, first: number, extra: readonly number[]): number {
  let bits = 0;
  for (let symbol = 0; symbol < use.length; symbol += 1)
    bits += (use[symbol] as number) * ((lengths[symbol] as number) + (extra[symbol - first] ?? 0));
  return bits;
}

/** RFC 1951, 3.2.7: the lengths of both codes, run-length coded, themselves in a code. */
function writeCodes(out: BitWriter, literals: PrefixCode, distances: PrefixCode): void {
  const literalCount = Math.max(257, literals.lengths.findLastIndex((length) => length > 0) + 1);
  const distanceCount = Math.max(1, distances.lengths.findLastIndex((length) => length > 0) + 1);
  const all = [
    ...literals.lengths.subarray(0, literalCount),
    ...distances.lengths.subarray(0, distanceCount),
  ];
  const runs = runLengths(all);
  const use = new Uint32Array(19);
  for (const { symbol } of runs) increment(use, symbol);
  const code = prefixCode(use, 7);
  const order = [16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15];
  const orderCount = Math.max(4, order.findLastIndex((symbol) => (code.lengths[symbol] as number) > 0) + 1);
  out.put(literalCount - 257, 5);
  out.put(distanceCount - 1, 5);
  out.put(orderCount - 4, 4);
  for (const symbol of order.slice(0, orderCount)) out.put(code.lengths[symbol] as number, 3);
  for (const { symbol, extra, bits } of runs) {
    put(out, code, symbol);
    out.put(extra, bits);
  }
}

function runLengths(lengths: readonly number[]): { symbol: number; extra: number; bits: number }[] {
  const runs: { symbol: number; extra: number; bits: number }[] = [];
  for (let at = 0; at < lengths.length;) {
    const value = lengths[at] as number;
    let same = 1;
    while (same < (value === 0 ? 138 : 7) && lengths[at + same] === value) same += 1;
    if (value === 0 && same >= 11) runs.push({ symbol: 18, extra: same - 11, bits: 7 });
    else if (value === 0 && same >= 3) runs.push({ symbol: 17, extra: same - 3, bits: 3 });
    else {
      runs.push({ symbol: value, extra: 0, bits: 0 });
      if (value === 0 || same < 4) same = 1;
      else runs.push({ symbol: 16, extra: same - 4, bits: 2 });
    }
    at += same;
  }
  return runs;
}

function put(out: BitWriter, code: PrefixCode, symbol: number): void {
  out.put(code.codes[symbol] as number, code.lengths[symbol] as number);
}

function increment(counts: Uint32Array, symbol: number): void {
  counts[symbol] = (counts[symbol] as number) + 1;
}

/** For every value up to `most` the last symbol whose base is not above it. */
function symbolTable(bases: readonly number[], most: number): Uint8Array {
  const table = new Uint8Array(most + 1);
  for (const [symbol, base] of bases.entries()) table.fill(symbol, base);
  return table;
}
