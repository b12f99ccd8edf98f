/** Most tokens that {@link Matches.next} finds at a time. */
export const tokensPerBlock = 32_768;

const window = 32_768;
const shortest = 3;
const longest = 258;
const longestChain = 32;
const good = 64;
const enough = 128;
/** Where nothing was found for long, as in what is compressed or encrypted, nothing is: fewer places are looked at. */
const patience = 7;

/**
 * Finds repetitions (LZ77), a block of tokens at a time. A token below 256 is a byte; another one is a repetition, its length
 * above 16 bits of how far back it is, both in bytes.
 */
export class Matches {
  readonly tokens = new Uint32Array(tokensPerBlock);
  readonly #input: Uint8Array;
  /** The last place of each hash, and for each place the one before it of the same hash; -1: none. */
  readonly #last = new Int32Array(1 << 16).fill(-1);
  readonly #before = new Int32Array(window);
  /** The next byte without a token, and the next place that no hash leads to. */
  #at = 0;
  #known = 0;
  /** What was found at `#at` when the place before it was looked at. */
  #found = 0;
  #distance = 0;
  #misses = 0;

  constructor(input: Uint8Array) {
    this.#input = input;
  }

  /** How many bytes have tokens. */
  get covered(): number {
    return this.#at;
  }

  /** Finds the next tokens; returns how many. */
  next(): number {
    const { tokens } = this;
    const input = this.#input;
    let count = 0;
    while (count < tokensPerBlock && this.#at < input.length) {
      const length = this.#found > 0 ? this.#found : this.#longestAt(this.#at, shortest - 1);
      this.#found = 0;
      if (length === 0) {
        this.#misses += 1;
        const wanted = 1 + (this.#misses >>> patience);
        const end = Math.min(this.#at + wanted, input.length, this.#at + tokensPerBlock - count);
        this.#know(this.#at + 1);
        this.#known = end;
        while (this.#at < end) tokens[count++] = input[this.#at++] as number;
        continue;
      }
      this.#misses = 0;
      const distance = this.#distance;
      // One byte later there may be a longer one.
      if (length < good) {
        this.#know(this.#at + 1);
        this.#found = this.#longestAt(this.#at + 1, length);
      }
      if (this.#found > 0) tokens[count++] = input[this.#at++] as number;
      else {
        tokens[count++] = (length << 16) | distance;
        this.#at += length;
        this.#know(this.#at);
      }
    }
    return count;
  }

  #know(until: number): void {
    const input = this.#input;
    const end = Math.min(until, input.length - shortest + 1);
    for (; this.#known < end; this.#known += 1) {
      const key = hash(input, this.#known);
      this.#before[this.#known & (window - 1)] = this.#last[key] as number;
      this.#last[key] = this.#known;
    }
    this.#known = Math.max(this.#known, until);
  }

  /** The length of the longest repetition at `from` that is longer than `atLeast`, or 0; sets `#distance` then. */
  #longestAt(from: number, atLeast: number): number {
    const input = this.#input;
    const most = Math.min(longest, input.length - from);
    if (most <= atLeast || most < shortest) return 0;
    const before = this.#before;
    let best = atLeast;
    let found = 0;
    let candidate = this.#last[hash(input, from)] as number;
    for (let step = 0; step < longestChain && candidate >= 0 && from - candidate <= window; step += 1) {
      if (input[candidate + best] === input[from + best] && input[candidate] === input[from]) {
        let same = 0;
        while (same < most && input[candidate + same] === input[from + same]) same += 1;
        if (same > best) {
          best = same;
          found = same;
          this.#distance = from - candidate;
          if (same >= enough || same === most) break;
        }
      }
      const older = before[candidate & (window - 1)] as number;
      if (older >= candidate) break; // overwritten by a newer place
      candidate = older;
    }
    return found;
  }
}

function hash(input: Uint8Array, at: number): number {
  const three = ((input[at] as number) << 16) | ((input[at + 1] as number) << 8) | (input[at + 2] as number);
  return Math.imul(three, 0x9e37_79b1) >>> 16;
}
