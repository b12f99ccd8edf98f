import type { IncomingMessage, ServerResponse } from 'node:http';
import type { HeaderPairs } from './filter-stream.ts';
import { declaredLength, type Framing, type Wire } from './framing.ts';
import { headerValue, passableTrailers, wireHeaders } from './headers.ts';

/**
 * Milliseconds that a client which is still sending has to read a response after which its connection is closed: closing at
 * once would reset the connection and could take the response with it. Envoy's delayed_close_timeout.
 */
const lingerMs = 1_000;

/** The response to the client as an HTTP/1.1 message. */
export class ClientResponse implements Wire {
  readonly #response: ServerResponse;
  readonly #request: IncomingMessage;
  readonly #head: boolean;
  readonly #hold: (hold: boolean) => void;
  #bodiless = false;
  #chunked = false;

  /** `hold` is told when the client takes no more for now, and when it takes it again. */
  constructor(request: IncomingMessage, response: ServerResponse, hold: (hold: boolean) => void) {
    this.#request = request;
    this.#response = response;
    this.#head = request.method === 'HEAD';
    this.#hold = hold;
    response.on('drain', () => hold(false));
  }

  begin(headers: HeaderPairs, framing: Framing): void {
    if (this.#response.destroyed) return;
    const status = legalStatus(headerValue(headers, ':status'));
    const fields = wireHeaders(headers);
    this.#bodiless = this.#head || isBodiless(status);
    const length = this.#length(headers, status, framing);
    if (length !== undefined) fields.push(['content-length', String(length)]);
    this.#chunked = length === undefined && !this.#bodiless;
    this.#response.writeHead(status, fields.flat());
  }

  flush(): void {
    if (!this.#response.destroyed) this.#response.flushHeaders();
  }

  write(chunk: Uint8Array): void {
    if (this.#bodiless || this.#response.destroyed) return;
    if (!this.#response.write(chunk)) this.#hold(true);
  }

  end(trailers: HeaderPairs): void {
    if (this.#response.destroyed) return;
    const passable = this.#chunked ? passableTrailers(trailers) : [];
    if (passable.length > 0) this.#response.addTrailers(passable);
    if (this.#response.shouldKeepAlive || this.#request.complete) this.#response.end();
    else this.#linger();
  }

  #linger(): void {
    this.#response.flushHeaders();
    const end = (): void => void this.#response.end();
    const timer = setTimeout(end, lingerMs);
    this.#request
      .once('end', end)
      .once('close', () => clearTimeout(timer))
      .resume();
  }

  /** The content-length to send, if any (RFC 9110 8.6): HEAD and 304 tell that of the body they leave out. */
  #length(headers: HeaderPairs, status: number, framing: Framing): number | undefined {
    if (this.#head || status === 304) return declaredLength(headers);
    if (isBodiless(status)) return undefined;
    if (framing.kind === 'none') return 0;
    return framing.kind === 'length' ? framing.bytes : undefined;
  }
}

/** A final status that can stand in a status line; anything else is the fault of a filter or of upstream. */
function legalStatus(text: string | undefined): number {
  return text !== undefined && /^[2-9]\d\d$/.test(text) ? Number(text) : 502;
}

/** True for statuses whose responses never have a body (RFC 9110 6.4.1). */
export function isBodiless(status: number): boolean {
  return status === 204 || status === 304 || (status >= 100 && status < 200);
}
