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

/** What a token at a place depends on ends before so many bytes behind it. */
const lookahead = longest + shortest;
/**
 * A block that stands for more bytes than these is never larger coded than they are: a token has at most 48 bits. So its bytes are
 * not needed once they have tokens.
 */
export const mostStored = 256 * 1024;

/** A block of tokens, {@link Matches.tokens} up to `count`. */
export interface Block {
  readonly count: number;
  /** How many bytes it stands for, and these, unless they are more than {@link mostStored}. */
  readonly size: number;
  readonly bytes: Uint8Array | undefined;
  readonly isLast: boolean;
}

/**
 * Finds repetitions (LZ77) in bytes that are fed to it, a block of tokens at a time. A token below 256 is a byte; another one is a
 * repetition, its length above 16 bits of how far back it is, both in bytes. What it finds does not depend on how it is fed.
 */
export class Matches {
  readonly tokens = new Uint32Array(tokensPerBlock);
  readonly #buffer = new Uint8Array(4 * mostStored);
  /** As much of the buffer as is filled. */
  #input = this.#buffer.subarray(0, 0);
  #isWhole = false;
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
  /** Up to here bytes are taken as they are. */
  #plain = 0;
  /** The block that is under way: where it began, and its tokens so far. */
  #start = 0;
  #count = 0;

  /** Takes in as many bytes as there is room for, and there is some once {@link Matches.next} has none; returns how many. */
  feed(bytes: Uint8Array): number {
    this.#forget();
    const filled = this.#input.length;
    const taken = bytes.subarray(0, this.#buffer.length - filled);
    this.#buffer.set(taken, filled);
    this.#input = this.#buffer.subarray(0, filled + taken.length);
    return taken.length;
  }

  /** There is no more to feed. */
  end(): void {
    this.#isWhole = true;
  }

  /** The next block; undefined while it depends on what is still to be fed. */
  next(): Block | undefined {
    if (this.#count === tokensPerBlock) [this.#start, this.#count] = [this.#at, 0];
    this.#findTokens();
    const isLast = this.#isWhole && this.#at === this.#input.length;
    if (this.#count < tokensPerBlock && !isLast) return undefined;
    const size = this.#at - this.#start;
    const bytes = size > mostStored ? undefined : this.#input.subarray(this.#start, this.#at);
    return { count: this.#count, size, bytes, isLast };
  }

  #findTokens(): void {
    const { tokens } = this;
    const input = this.#input;
    const end = this.#isWhole ? input.length : input.length - lookahead;
    let count = this.#count;
    while (count < tokensPerBlock && this.#at < end) {
      if (this.#at < this.#plain) {
        const until = Math.min(this.#plain, end);
        while (this.#at < until) tokens[count++] = input[this.#at++] as number;
        continue;
      }
      const length = this.#found > 0 ? this.#found : this.#longestAt(this.#at, shortest - 1);
      this.#found = 0;
      if (length === 0) {
        this.#misses += 1;
        const wanted = 1 + (this.#misses >>> patience);
        this.#plain = this.#at + Math.min(wanted, tokensPerBlock - count);
        this.#know(this.#at + 1);
        this.#known = this.#plain;
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
    this.#count = count;
  }

  /** Makes room: what is further back than the window, and is not stored, is never looked at again. */
  #forget(): void {
    const begin = this.#at - this.#start > mostStored ? this.#at : this.#start;
    // Whole windows, so that places stay where they are in the ring.
    const gone = Math.floor(Math.min(begin, this.#at - window) / window) * window;
    if (gone <= 0 || this.#input.length < this.#buffer.length) return;
    this.#buffer.copyWithin(0, gone, this.#input.length);
    this.#input = this.#buffer.subarray(0, this.#input.length - gone);
    this.#at -= gone;
    this.#known -= gone;
    this.#plain -= gone;
    this.#start -= gone;
    for (const places of [this.#last, this.#before])
      for (let at = 0; at < places.length; at += 1) places[at] = Math.max(-1, (places[at] as number) - gone);
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
