/** A prefix code: for each symbol its length in bits (0: unused) and its bits, reversed for a writer that puts the lowest first. */
export interface PrefixCode {
  readonly lengths: Uint8Array;
  readonly codes: Uint16Array;
}

/**
 * The canonical code (RFC 1951, 3.2.2) for these frequencies, no longer than `longest` bits. At least two symbols get a code.
 */
export function prefixCode(frequencies: Uint32Array, longest: number): PrefixCode {
  const weights = Uint32Array.from(frequencies);
  // A code of fewer than two symbols is incomplete, which not every reader accepts.
  for (let symbol = 0; usedIn(weights) < 2; symbol += 1) weights[symbol] ||= 1;
  let lengths = codeLengths(weights);
  // Flatter weights give a flatter tree: a simple way to the limit, and the same one everywhere.
  while (lengths.some((length) => length > longest)) {
    for (const [symbol, weight] of weights.entries()) if (weight > 0) weights[symbol] = (weight >>> 1) | 1;
    lengths = codeLengths(weights);
  }
  return { lengths, codes: canonical(lengths) };
}

function usedIn(weights: Uint32Array): number {
  let used = 0;
  for (let symbol = 0; symbol < weights.length; symbol += 1) if (weights[symbol] !== 0) used += 1;
  return used;
}

/** Huffman's construction with two queues; ties go to the lower symbol, then to leaves. */
function codeLengths(weights: Uint32Array): Uint8Array {
  const leaves = new Float64Array(usedIn(weights));
  let count = 0;
  // The weight above the symbol: to sort the numbers is to sort by both.
  for (let symbol = 0; symbol < weights.length; symbol += 1) {
    const weight = weights[symbol] as number;
    if (weight > 0) leaves[count++] = weight * 512 + symbol;
  }
  leaves.sort();
  const last = count * 2 - 1;
  const weight = new Float64Array(last);
  for (let leaf = 0; leaf < count; leaf += 1) weight[leaf] = Math.floor((leaves[leaf] as number) / 512);
  const parent = new Uint16Array(last);
  let leaf = 0;
  let inner = count;
  for (let node = count; node < last; node += 1) {
    for (let child = 0; child < 2; child += 1) {
      const isLeaf = leaf < count && (inner >= node || (weight[leaf] as number) <= (weight[inner] as number));
      const lightest = isLeaf ? leaf++ : inner++;
      weight[node] = (weight[node] as number) + (weight[lightest] as number);
      parent[lightest] = node;
    }
  }
  const depth = new Uint16Array(last);
  const lengths = new Uint8Array(weights.length);
  for (let node = last - 2; node >= 0; node -= 1) {
    depth[node] = (depth[parent[node] as number] as number) + 1;
    if (node < count) lengths[(leaves[node] as number) % 512] = depth[node] as number;
  }
  return lengths;
}

function canonical(lengths: Uint8Array): Uint16Array {
  // For each length the next code of it.
  const next = new Uint16Array(17);
  for (const length of lengths) if (length > 0) next[length + 1] = (next[length + 1] as number) + 1;
  for (let length = 1, code = 0; length <= 15; length += 1) {
    code = (code + (next[length] as number)) << 1;
    next[length] = code;
  }
  const codes = new Uint16Array(lengths.length);
  for (let symbol = 0; symbol < lengths.length; symbol += 1) {
    const length = lengths[symbol] as number;
    if (length === 0) continue;
    codes[symbol] = reversed(next[length] as number, length);
    next[length] = (next[length] as number) + 1;
  }
  return codes;
}

function reversed(code: number, length: number): number {
  let result = 0;
  for (let bit = 0; bit < length; bit += 1) result |= ((code >>> bit) & 1) << (length - 1 - bit);
  return result;
}
