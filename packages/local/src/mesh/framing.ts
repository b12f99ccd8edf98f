import type { Flow, HeaderPairs } from './filter-stream.ts';
import { headerValue } from './headers.ts';

/** How the length of a body is told (RFC 9112 6). */
export type Framing =
  | { readonly kind: 'none' }
  | { readonly kind: 'length'; readonly bytes: number }
  | { readonly kind: 'chunked' };

/** One HTTP/1.1 message going out. */
export interface Wire {
  begin(headers: HeaderPairs, framing: Framing): void;
  write(chunk: Uint8Array): void;
  /** Sends the head alone: the body comes later. */
  flush(): void;
  end(trailers: HeaderPairs): void;
}

/** Bytes of a body that wait for its end. */
const maxWaiting = 64 * 1024;

/**
 * Decides the framing of a message whose body filters may have changed: the length is told when the whole body is there
 * before the head went out; else the given one if no filter could touch the body; else the body goes in chunks. Head and
 * first bytes wait for the end until that of the event loop's turn, no longer: a peer may want the head before it sends a body.
 */
export class FramedFlow implements Flow {
  readonly #wire: Wire;
  readonly #bodyPasses: boolean;
  readonly #safely: (run: () => void) => void;
  #given: number | undefined;
  #held: HeaderPairs | undefined;
  #waiting: Uint8Array[] = [];
  #waitingBytes = 0;
  #timer: NodeJS.Immediate | undefined;
  #ended = false;

  /**
   * `bodyPasses`: no filter can change the body, so that it goes on as it comes. `safely` runs what this flow does later, on
   * nobody's behalf.
   */
  constructor(wire: Wire, bodyPasses: boolean, safely: (run: () => void) => void = (run) => run()) {
    this.#wire = wire;
    this.#bodyPasses = bodyPasses;
    this.#safely = safely;
  }

  /** The message as it came in, before any filter: of a body that passes, its length holds. */
  came(headers: HeaderPairs): void {
    this.#given = this.#bodyPasses ? declaredLength(headers) : undefined;
  }

  headers(headers: HeaderPairs, end: boolean): void {
    if (end) {
      this.#ended = true;
      this.#wire.begin(headers, { kind: 'none' });
      this.#wire.end([]);
      return;
    }
    this.#held = headers;
    this.#timer = setImmediate(() =>
      this.#safely(() => {
        this.#release();
        this.#wire.flush();
      }),
    );
  }

  body(chunk: Uint8Array, end: boolean): void {
    if (this.#ended) return;
    if (this.#held !== undefined) {
      this.#waiting.push(chunk);
      this.#waitingBytes += chunk.length;
      if (end) this.#begin({ kind: 'length', bytes: this.#waitingBytes });
      else if (this.#bodyPasses || this.#waitingBytes > maxWaiting) this.#release();
    } else this.#write(chunk);
    if (end) this.#finish([]);
  }

  trailers(trailers: HeaderPairs): void {
    if (this.#ended) return;
    this.#begin({ kind: 'chunked' });
    this.#finish(trailers);
  }

  /** Nothing goes out any more. */
  cancel(): void {
    this.#ended = true;
    this.#held = undefined;
    this.#waiting = [];
    clearImmediate(this.#timer);
  }

  /** Head and first bytes wait no longer. */
  #release(): void {
    // A filter that touches no body can still have taken the field away, or have written another number into it.
    const bytes = this.#held === undefined ? undefined : declaredLength(this.#held);
    const holds = bytes !== undefined && bytes === this.#given;
    this.#begin(holds ? { kind: 'length', bytes } : { kind: 'chunked' });
  }

  #begin(framing: Framing): void {
    if (this.#held === undefined) return;
    this.#wire.begin(this.#held, framing);
    this.#held = undefined;
    clearImmediate(this.#timer);
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const chunk of waiting) this.#write(chunk);
  }

  #write(chunk: Uint8Array): void {
    if (chunk.length > 0) this.#wire.write(chunk);
  }

  #finish(trailers: HeaderPairs): void {
    this.#ended = true;
    this.#wire.end(trailers);
  }
}

/** The length that a head declares; undefined if it declares none or no number. */
export function declaredLength(headers: HeaderPairs): number | undefined {
  const value = headerValue(headers, 'content-length');
  return value !== undefined && /^\d{1,15}$/.test(value) ? Number(value) : undefined;
}
