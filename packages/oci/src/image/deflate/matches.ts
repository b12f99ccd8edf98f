/** A run of literals and repetitions. `length` 0: `value` is a byte; else `value` is the distance back, in bytes. */
export interface Tokens {
  readonly length: Uint16Array;
  readonly value: Uint16Array;
  readonly count: number;
}

const window = 32_768;
const shortest = 3;
const longest = 258;
const longestChain = 32;
const good = 64;
const tokensPerBlock = 32_768;

/** Finds repetitions (LZ77) and gives them out in blocks of a fixed number of tokens. */
export function* findMatches(input: Uint8Array): Generator<Tokens, void, undefined> {
  const head = new Int32Array(1 << 16).fill(-1);
  const previous = new Int32Array(window);
  const length = new Uint16Array(tokensPerBlock);
  const value = new Uint16Array(tokensPerBlock);
  let count = 0;
  let at = 0;
  let known = 0;
  const remember = (until: number): void => {
    const end = Math.min(until, input.length - shortest + 1);
    for (; known < end; known += 1) {
      const key = hash(input, known);
      previous[known & (window - 1)] = head[key] as number;
      head[key] = known;
    }
    known = Math.max(known, until);
  };
  let distance = 0;
  /** The longest match at `from`; sets `distance`. */
  const longestAt = (from: number, atLeast: number): number => {
    const most = Math.min(longest, input.length - from);
    if (most < shortest) return 0;
    let best = Math.max(atLeast, shortest - 1);
    let found = 0;
    let candidate = head[hash(input, from)] as number;
    for (let step = 0; step < longestChain && candidate >= 0 && from - candidate <= window; step += 1) {
      if (best < most && input[candidate + best] === input[from + best]) {
        let same = 0;
        while (same < most && input[candidate + same] === input[from + same]) same += 1;
        if (same > best) {
          best = same;
          found = same;
          distance = from - candidate;
          if (same >= most || same >= good * 2) break;
        }
      }
      const older = previous[candidate & (window - 1)] as number;
      if (older >= candidate) break; // overwritten by a newer position
      candidate = older;
    }
    return found;
  };
  while (at < input.length) {
    remember(at);
    let size = longestAt(at, 0);
    const back = distance;
    if (size > 0 && size < good) {
      // One byte later there may be a longer one.
      remember(at + 1);
      if (longestAt(at + 1, size) > 0) size = 0;
    }
    length[count] = size;
    value[count] = size > 0 ? back : (input[at] as number);
    count += 1;
    at += Math.max(1, size);
    if (count === tokensPerBlock) {
      yield { length, value, count };
      count = 0;
    }
  }
  if (count > 0 || input.length === 0) yield { length, value, count };
}

function hash(input: Uint8Array, at: number): number {
  const three = ((input[at] as number) << 16) | ((input[at + 1] as number) << 8) | (input[at + 2] as number);
  return Math.imul(three, 0x9e37_79b1) >>> 16;
}
