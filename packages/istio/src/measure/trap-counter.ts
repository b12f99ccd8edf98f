import type { KubeClient } from '../api/client.ts';
import { proxyContainer } from '../verify/admin.ts';
import { readTraps } from '../verify/crashes.ts';

/** A log is read in pieces of so many bytes, and of so many pieces at a time at most. */
const maxPieceBytes = 2 * 1024 * 1024;
const maxPieces = 8;

/** How much of the log of one proxy was read: all lines before a time, and of those at that very time so many. */
interface Place {
  /** Nanoseconds since the epoch, by the clock of the node. */
  readonly at: bigint;
  readonly lines: number;
}

/** The log cannot be followed: what happened in the meantime is not known. */
export class LogGap extends Error {
  override readonly name = 'LogGap';
}

/**
 * Counts the deaths of VMs in the log of one proxy, each line once, whoever asks and however often. Envoy has no counter of
 * them: `wasm.*` has VMs that are made, and reloads of `FAIL_RELOAD`, but a VM that dies and stays dead moves none of these.
 */
export class TrapCounter {
  readonly #pod: { readonly namespace: string; readonly name: string };
  readonly #client: KubeClient;
  /** Undefined until the first reading, unless all of the log counts. */
  #place: Place | undefined;
  #count = 0;
  #reading: Promise<unknown> = Promise.resolve();

  /** Counts from the first reading on; with `from`, in milliseconds since the epoch, what was logged since then. */
  constructor(
    client: KubeClient,
    pod: { readonly namespace: string; readonly name: string },
    from: number | undefined,
  ) {
    this.#client = client;
    this.#pod = pod;
    if (from !== undefined) this.#place = { at: BigInt(from) * 1_000_000n, lines: 0 };
  }

  /**
   * Reads on, and gives the number of deaths so far. Throws what the API server says, and {@link LogGap} when lines went by
   * unread: the log was rotated, or it grows faster than it may be read. The next reading counts on from there.
   */
  async read(signal: AbortSignal): Promise<number> {
    // Two readings at a time would count the same lines twice.
    const before = this.#reading;
    const reading = before.catch(() => undefined).then(async () => await this.#readOn(signal));
    this.#reading = reading;
    return await reading;
  }

  async #readOn(signal: AbortSignal): Promise<number> {
    if (this.#place === undefined) {
      const [last] = linesOf(await this.#log(0n, signal, 1)).slice(-1);
      this.#place = { at: last?.at ?? 0n, lines: last === undefined ? 0 : 1 };
      return this.#count;
    }
    for (let piece = 0; piece < maxPieces; piece++) {
      const from: Place = this.#place;
      const log = await this.#log(from.at, signal);
      const isCut = Buffer.byteLength(log) >= maxPieceBytes;
      // The API server takes whole seconds, so there are lines again that were read.
      const lines = linesOf(log).filter(({ at }) => at >= from.at);
      const known = lines.filter(({ at }) => at === from.at).length;
      const fresh = lines.slice(Math.min(known, from.lines));
      if (isCut && fresh.length === 0) break;
      this.#count += readTraps(fresh.map(({ text }) => text).join('\n')).length;
      const last = fresh.at(-1)?.at ?? from.at;
      this.#place = { at: last, lines: lines.filter(({ at }) => at === last).length };
      // What was read last begins the log as long as it is the same file.
      if (known < from.lines) throw new LogGap('its log was rotated since it was last read');
      if (!isCut) return this.#count;
    }
    await this.#skip(signal);
    throw new LogGap('its log grows faster than it may be read');
  }

  /** Counts on from the end of the log. */
  async #skip(signal: AbortSignal): Promise<void> {
    const [last] = linesOf(await this.#log(0n, signal, 1)).slice(-1);
    if (last !== undefined) this.#place = { at: last.at, lines: 1 };
  }

  async #log(from: bigint, signal: AbortSignal, tailLines?: number): Promise<string> {
    const since = new Date(Number(from / 1_000_000n));
    const of = { ...this.#pod, container: proxyContainer, since, maxBytes: maxPieceBytes };
    return await this.#client.log({ ...of, ...(tailLines !== undefined && { tailLines }) }, signal);
  }
}

interface Line {
  /** Nanoseconds since the epoch. */
  readonly at: bigint;
  readonly text: string;
}

/** The whole lines of a log, each after its time; the last may have been cut off, and is left for the next reading. */
function linesOf(log: string): readonly Line[] {
  const whole = log.slice(0, log.lastIndexOf('\n') + 1);
  return whole.split('\n').flatMap((text) => {
    const at = nanoseconds(text.slice(0, Math.max(0, text.indexOf(' '))));
    return at === undefined ? [] : [{ at, text }];
  });
}

const rfc3339 = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d{1,9}))?(Z|[+-]\d\d:\d\d)$/;

function nanoseconds(time: string): bigint | undefined {
  const [, second, fraction = '', zone] = rfc3339.exec(time) ?? [];
  if (second === undefined || zone === undefined) return undefined;
  return BigInt(Date.parse(second + zone)) * 1_000_000n + BigInt(fraction.padEnd(9, '0'));
}
