import type { RecordedExchange, ExchangeFacts } from '@wasmcast/core';
import { headerValue } from '../mesh/headers.ts';
import type { HeaderPairs } from '../mesh/filter-stream.ts';
import { decodedBody } from './decoded-body.ts';
import type { TapeBudget } from './recording.ts';

/**
 * What is kept of one exchange for a recording: the request as the client sent it and the answer as the upstream gave it, which
 * is what a replay puts into another filter.
 */
export class ExchangeTape {
  readonly #budget: TapeBudget;
  readonly #request: Uint8Array[] = [];
  readonly #response: Uint8Array[] = [];
  #requestHeaders: HeaderPairs | undefined;
  #responseHeaders: HeaderPairs | undefined;
  #requestTrailers: HeaderPairs = [];
  #responseTrailers: HeaderPairs = [];
  #answeredBy: ExchangeFacts['answeredBy'] = 'upstream';
  #held = 0;
  #tooLarge = false;

  constructor(budget: TapeBudget) {
    this.#budget = budget;
  }

  requestHead(headers: HeaderPairs): void {
    this.#requestHeaders = copyOf(headers);
  }

  requestBody(chunk: Uint8Array): void {
    this.#keep(this.#request, chunk);
  }

  requestTrailers(trailers: HeaderPairs): void {
    this.#requestTrailers = copyOf(trailers);
  }

  /** The first that answers counts: what a filter puts in the place of the upstream's answer is not the upstream's. */
  responseHead(headers: HeaderPairs, answeredBy: ExchangeFacts['answeredBy']): void {
    if (this.#responseHeaders !== undefined) return;
    this.#responseHeaders = copyOf(headers);
    this.#answeredBy = answeredBy;
  }

  responseBody(chunk: Uint8Array, answeredBy: ExchangeFacts['answeredBy']): void {
    if (answeredBy === this.#answeredBy) this.#keep(this.#response, chunk);
  }

  responseTrailers(trailers: HeaderPairs, answeredBy: ExchangeFacts['answeredBy']): void {
    if (answeredBy === this.#answeredBy) this.#responseTrailers = copyOf(trailers);
  }

  /** Whose answer is on it. */
  get answeredBy(): ExchangeFacts['answeredBy'] {
    return this.#answeredBy;
  }

  /** The exchange is over; undefined if it was too large, or never had a request and an answer. */
  end(): (Pick<ExchangeFacts, 'answeredBy'> & { readonly exchange: RecordedExchange }) | undefined {
    this.#budget.give(this.#held);
    const [request, response] = [this.#requestHeaders, this.#responseHeaders];
    if (this.#tooLarge || request === undefined || response === undefined) return undefined;
    const value = (headers: HeaderPairs, name: string): string => headerValue(headers, name) ?? '';
    const body = Buffer.concat(this.#response);
    return {
      answeredBy: this.#answeredBy,
      exchange: {
        request: {
          method: value(request, ':method'),
          path: value(request, ':path'),
          authority: value(request, ':authority'),
          scheme: value(request, ':scheme'),
          headers: fieldsOf(request),
          body: Buffer.concat(this.#request),
          trailers: this.#requestTrailers,
        },
        response: {
          status: Number(value(response, ':status')),
          headers: fieldsOf(response),
          // A HAR has bodies as they are after decoding.
          body: decodedBody(body, value(response, 'content-encoding')),
          trailers: this.#responseTrailers,
        },
      },
    };
  }

  /** A copy: filters may write into the chunk. */
  #keep(body: Uint8Array[], chunk: Uint8Array): void {
    if (this.#tooLarge) return;
    if (this.#budget.take(this.#held, chunk.length)) {
      this.#held += chunk.length;
      body.push(Uint8Array.from(chunk));
      return;
    }
    this.#tooLarge = true;
    this.#request.length = 0;
    this.#response.length = 0;
    this.#budget.give(this.#held);
    this.#held = 0;
  }
}

function copyOf(headers: HeaderPairs): HeaderPairs {
  return headers.map(([name, value]) => [name, value]);
}

function fieldsOf(headers: HeaderPairs): HeaderPairs {
  return headers.filter(([name]) => !name.startsWith(':'));
}
