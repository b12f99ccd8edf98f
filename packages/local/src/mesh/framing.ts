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

/**
 * Decides the framing of a message whose body filters may have changed: the length is told when the whole body is there
 * before the head went out; else the given one if no filter could touch the body; else the body goes in chunks. The head
 * waits for the body until the end of the event loop's turn, no longer: a peer may want the head before it sends a body.
 */
export class FramedFlow implements Flow {
  readonly #wire: Wire;
  readonly #lengthHolds: boolean;
  readonly #safely: (run: () => void) => void;
  #held: HeaderPairs | undefined;
  #timer: NodeJS.Immediate | undefined;
  #ended = false;

  /**
   * `lengthHolds`: no filter can have changed the body, so that a given content-length is right. `safely` runs what this
   * flow does later, on nobody's behalf.
   */
  constructor(wire: Wire, lengthHolds: boolean, safely: (run: () => void) => void = (run) => run()) {
    this.#wire = wire;
    this.#lengthHolds = lengthHolds;
    this.#safely = safely;
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
    if (this.#held !== undefined && end) {
      const headers = this.#take();
      this.#wire.begin(headers, { kind: 'length', bytes: chunk.length });
    } else this.#release();
    if (chunk.length > 0) this.#wire.write(chunk);
    if (end) this.#finish([]);
  }

  trailers(trailers: HeaderPairs): void {
    if (this.#ended) return;
    if (this.#held !== undefined) this.#wire.begin(this.#take(), { kind: 'chunked' });
    this.#finish(trailers);
  }

  /** Nothing goes out any more. */
  cancel(): void {
    this.#ended = true;
    this.#held = undefined;
    clearImmediate(this.#timer);
  }

  #release(): void {
    if (this.#held === undefined) return;
    const headers = this.#take();
    const bytes = this.#lengthHolds ? declaredLength(headers) : undefined;
    this.#wire.begin(headers, bytes === undefined ? { kind: 'chunked' } : { kind: 'length', bytes });
  }

  #take(): HeaderPairs {
    const headers = this.#held as HeaderPairs;
    this.#held = undefined;
    clearImmediate(this.#timer);
    return headers;
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
