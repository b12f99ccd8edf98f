/** A prefix code: for each symbol its length in bits (0: unused) and its bits, reversed for a writer that puts the lowest first. */
export interface PrefixCode {
  readonly lengths: Uint8Array;
  readonly codes: Uint16Array;
}

/** The canonical code (RFC 1951, 3.2.2) for these frequencies, no longer than `longest` bits. At least two symbols get a code. */
export function prefixCode(frequencies: Uint32Array, longest: number): PrefixCode {
  const weights = Uint32Array.from(frequencies);
  // A code of fewer than two symbols is incomplete, which not every reader accepts.
  for (let symbol = 0; weights.filter((weight) => weight > 0).length < 2; symbol += 1) weights[symbol] ||= 1;
  let lengths = codeLengths(weights);
  // Flatter weights give a flatter tree: a simple way to the limit, and the same one everywhere.
  while (lengths.some((length) => length > longest)) {
    for (const [symbol, weight] of weights.entries()) if (weight > 0) weights[symbol] = (weight >>> 1) | 1;
    lengths = codeLengths(weights);
  }
  return { lengths, codes: canonical(lengths) };
}

/** Huffman's construction with two queues; ties go to the lower symbol, then to leaves. */
function codeLengths(weights: Uint32Array): Uint8Array {
  const leaves = [...weights.keys()]
    .filter((symbol) => (weights[symbol] as number) > 0)
    .toSorted((a, b) => (weights[a] as number) - (weights[b] as number) || a - b);
  const weight = leaves.map((symbol) => weights[symbol] as number);
  const parent: number[] = [];
  let leaf = 0;
  let inner = leaves.length;
  const lightest = (): number => {
    const fromLeaves =
      leaf < leaves.length &&
      (inner >= weight.length || (weight[leaf] as number) <= (weight[inner] as number));
    return fromLeaves ? leaf++ : inner++;
  };
  for (let node = leaves.length; node < leaves.length * 2 - 1; node += 1) {
    const [a, b] = [lightest(), lightest()];
    weight[node] = (weight[a] as number) + (weight[b] as number);
    parent[a] = node;
    parent[b] = node;
  }
  const depth: number[] = [];
  const lengths = new Uint8Array(weights.length);
  for (let node = leaves.length * 2 - 2; node >= 0; node -= 1) {
    const above = parent[node];
    depth[node] = above === undefined ? 0 : (depth[above] as number) + 1;
    const symbol = leaves[node];
    if (symbol !== undefined) lengths[symbol] = depth[node] as number;
  }
  return lengths;
}

function canonical(lengths: Uint8Array): Uint16Array {
  const codes = new Uint16Array(lengths.length);
  let code = 0;
  for (let length = 1; length <= 15; length += 1) {
    for (const [symbol, own] of lengths.entries()) {
      if (own !== length) continue;
      codes[symbol] = reversed(code, length);
      code += 1;
    }
    code <<= 1;
  }
  return codes;
}

function reversed(code: number, length: number): number {
  let result = 0;
  for (let bit = 0; bit < length; bit += 1) result |= ((code >>> bit) & 1) << (length - 1 - bit);
  return result;
}
