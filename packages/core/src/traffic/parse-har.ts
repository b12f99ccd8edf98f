import * as z from 'zod';
import type { Diagnostic } from '../diagnostic.ts';

/** A request with its answer, as it was recorded. Header names are in lower case. */
export interface RecordedExchange {
  readonly request: {
    readonly method: string;
    /** With the query. */
    readonly path: string;
    readonly authority: string;
    readonly scheme: string;
    readonly headers: RecordedHeaders;
    readonly body: Uint8Array;
    readonly trailers: RecordedHeaders;
  };
  readonly response: {
    readonly status: number;
    readonly headers: RecordedHeaders;
    readonly body: Uint8Array;
    readonly trailers: RecordedHeaders;
  };
}

/** Name and value, in order, with repetitions. */
export type RecordedHeaders = readonly (readonly [name: string, value: string])[];

/** What is read of an HTTP Archive. */
export interface ParsedHar {
  /** Those that can be replayed, in the order of the file. */
  readonly exchanges: readonly RecordedExchange[];
  /** What cannot be, and why. */
  readonly diagnostics: readonly Diagnostic[];
}

/** How much of a file is read. */
export const harLimits = { entries: 100_000, findings: 20 } as const;

const headers = z.array(z.object({ name: z.string(), value: z.string() }));
/** HAR has no trailers; recordings of this project do. */
const trailers = headers.default([]);
/** HAR 1.2 knows Base64 of answers only; requests have it from those that record binary ones. */
const bodyText = z
  .object({ text: z.string().default(''), encoding: z.literal('base64').optional() })
  .refine(
    ({ text, encoding }) => encoding === undefined || z.base64().safeParse(text).success,
    'is no Base64',
  )
  .optional();
const entrySchema = z.object({
  request: z.object({
    method: z.string().regex(/^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/, 'is no method'),
    url: z.url({ protocol: /^https?$/, error: 'is no URL of http or https' }),
    headers,
    postData: bodyText,
    _trailers: trailers,
  }),
  response: z.object({
    status: z.int().min(200, 'is no final status').max(599, 'is no status'),
    headers,
    content: bodyText,
    _trailers: trailers,
  }),
});
const fileSchema = z.object({ log: z.object({ entries: z.array(z.unknown()).max(harLimits.entries) }) });

/**
 * Reads an HTTP Archive (HAR 1.2), as browsers and proxies write it. Pure, never throws. An entry that is no HTTP exchange (blocked,
 * aborted, a WebSocket) is left out with a warning; a file that is none is an error.
 */
export function parseHar(file: string, text: string): ParsedHar {
  const parsed = fileSchema.safeParse(jsonOf(text));
  if (!parsed.success) {
    const summary = `${file} is no HTTP Archive: there is no list log.entries of at most ${harLimits.entries}`;
    const help = 'save the traffic as HAR 1.2, e.g. in the network tab of a browser';
    return { exchanges: [], diagnostics: [{ severity: 'error', code: 'WC-HAR-001', summary, help }] };
  }
  const exchanges: RecordedExchange[] = [];
  const diagnostics: Diagnostic[] = [];
  let left = 0;
  for (const [at, entry] of parsed.data.log.entries.entries()) {
    const read = entrySchema.safeParse(entry);
    if (read.success) {
      exchanges.push(toExchange(read.data));
      continue;
    }
    if (left++ >= harLimits.findings) continue;
    const [issue] = read.error.issues;
    const where = issue?.path.join('.') ?? '';
    const summary = `${file}: entry ${at} is left out: ${where} ${issue?.message ?? ''}`;
    diagnostics.push({ severity: 'warning', code: 'WC-HAR-002', summary });
  }
  if (left > harLimits.findings) {
    const summary = `${file}: ${left - harLimits.findings} more entries are left out`;
    diagnostics.push({ severity: 'warning', code: 'WC-HAR-002', summary });
  }
  return { exchanges, diagnostics };
}

function toExchange({ request, response }: z.output<typeof entrySchema>): RecordedExchange {
  const url = new URL(request.url);
  return {
    request: {
      method: request.method,
      path: url.pathname + url.search,
      authority: url.host,
      scheme: url.protocol.slice(0, -1),
      headers: endToEnd(request.headers, ['host', 'content-length']),
      body: bytesOf(request.postData),
      trailers: endToEnd(request._trailers, []),
    },
    response: {
      status: response.status,
      // A HAR has the body as it is after decoding, so what speaks of its form on the wire is over.
      headers: endToEnd(response.headers, ['content-encoding', 'content-length']),
      body: bytesOf(response.content),
      trailers: endToEnd(response._trailers, []),
    },
  };
}

function bytesOf({ text, encoding }: NonNullable<z.output<typeof bodyText>> = { text: '' }): Uint8Array {
  if (encoding === undefined) return new TextEncoder().encode(text);
  return Uint8Array.from(atob(text), (c) => c.charCodeAt(0));
}

/** Of a connection and not of the message (RFC 9110, 7.6.1), or written anew. */
const hopByHop = ['connection', 'keep-alive', 'proxy-connection', 'te', 'transfer-encoding', 'upgrade'];

function endToEnd(
  all: readonly { readonly name: string; readonly value: string }[],
  without: readonly string[],
): RecordedHeaders {
  return all
    .map(({ name, value }) => [name.toLowerCase(), value] as const)
    .filter(([name]) => !name.startsWith(':') && !hopByHop.includes(name) && !without.includes(name));
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text.replace(/^\uFEFF/, ''));
  } catch {
    return undefined;
  }
}
