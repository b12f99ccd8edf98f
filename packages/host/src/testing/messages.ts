import { HeaderMap, type HeaderMapKind } from '../headers/header-map.ts';

/** Headers by name; a list repeats the header. Text is sent as UTF-8. */
export type TestHeaders = Readonly<Record<string, string | readonly string[]>>;

/** A body: all at once, or in the chunks in which it arrives. */
export type TestBody = string | Uint8Array | readonly (string | Uint8Array)[];

/** A request for a filter. */
export interface TestRequest {
  /** Default: `GET`. */
  readonly method?: string;
  /** Default: `/`. */
  readonly path?: string;
  /** Default: `localhost`. */
  readonly authority?: string;
  /** Default: `http`. */
  readonly scheme?: string;
  readonly headers?: TestHeaders;
  readonly body?: TestBody;
  readonly trailers?: TestHeaders;
  /** The client breaks off when it has sent the headers and so many chunks of the body. */
  readonly resetAfter?: number;
}

/** A response of the upstream, or of a callout's cluster. */
export interface TestResponse {
  /** Default: 200. */
  readonly status?: number;
  readonly headers?: TestHeaders;
  readonly body?: TestBody;
  readonly trailers?: TestHeaders;
  /** The upstream breaks off when it has sent the headers and so many chunks of the body. Not of callouts. */
  readonly resetAfter?: number;
}

/** A message as it came out of the filters. */
export interface SeenMessage {
  /** In order, with repetitions and pseudo headers. */
  readonly pairs: readonly (readonly [string, string])[];
  /** Without pseudo headers; repeated ones joined by `, `. */
  readonly headers: Readonly<Record<string, string>>;
  readonly trailers: Readonly<Record<string, string>>;
  /** The body as text. */
  readonly body: string;
  readonly bytes: Uint8Array;
  /** The message came to its end. */
  readonly complete: boolean;
}

/** What the upstream received. */
export interface SeenRequest extends SeenMessage {
  readonly method: string;
  readonly path: string;
  readonly authority: string;
}

/** What the client received. */
export interface SeenResponse extends SeenMessage {
  readonly status: number;
}

/** Builds a header map of some pseudo headers and a test's headers. */
export function headerMap(
  kind: HeaderMapKind,
  pseudo: Readonly<Record<string, string>>,
  headers: TestHeaders = {},
): HeaderMap {
  const map = new HeaderMap(kind);
  for (const [name, value] of [...Object.entries(pseudo), ...Object.entries(headers)]) {
    for (const one of typeof value === 'string' ? [value] : value) map.add(name.toLowerCase(), bytesOf(one));
  }
  return map;
}

/** The chunks of a body. */
export function chunksOf(body: TestBody | undefined): Uint8Array[] {
  if (body === undefined) return [];
  const parts: readonly (string | Uint8Array)[] =
    typeof body === 'string' || body instanceof Uint8Array ? [body] : body;
  return parts.map((part) => (typeof part === 'string' ? Buffer.from(part, 'utf8') : part));
}

/** Collects the frames of one message. */
export class MessageRecorder {
  headers: HeaderMap | undefined;
  #trailers: HeaderMap | undefined;
  readonly #chunks: Uint8Array[] = [];
  #complete = false;

  get complete(): boolean {
    return this.#complete;
  }

  onHeaders(headers: HeaderMap, end: boolean): void {
    this.headers = headers.clone();
    this.#complete = end;
  }

  onBody(chunk: Uint8Array, end: boolean): void {
    this.#chunks.push(chunk);
    this.#complete = end;
  }

  onTrailers(trailers: HeaderMap): void {
    this.#trailers = trailers.clone();
    this.#complete = true;
  }

  /** The message so far; `undefined` when not even its headers have come. */
  seen(): SeenMessage | undefined {
    if (this.headers === undefined) return undefined;
    const bytes = Buffer.concat(this.#chunks);
    return {
      pairs: [...this.headers].map(([name, value]) => [name, textOf(value)]),
      headers: record(this.headers),
      trailers: record(this.#trailers ?? new HeaderMap('trailers')),
      body: bytes.toString('utf8'),
      bytes,
      complete: this.#complete,
    };
  }
}

function record(map: HeaderMap): Record<string, string> {
  const result: Record<string, string> = {};
  for (const [name, value] of map) {
    if (name.startsWith(':')) continue;
    const text = textOf(value);
    result[name] = Object.hasOwn(result, name) ? `${result[name]}, ${text}` : text;
  }
  return result;
}

function bytesOf(text: string): string {
  return Buffer.from(text, 'utf8').toString('latin1');
}

function textOf(bytes: string): string {
  return Buffer.from(bytes, 'latin1').toString('utf8');
}
