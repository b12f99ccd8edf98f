import type { JsonObject } from '../json.ts';
import type { RecordedExchange, RecordedHeaders } from './parse-har.ts';

/** What a recording says of an exchange beside its messages. */
export interface ExchangeFacts {
  /** `namespace/name` of the service that was asked. */
  readonly service: string;
  /** Whose answer is recorded: where a filter or the proxy answered instead of the upstream, the upstream's is not known. */
  readonly answeredBy: 'upstream' | 'filter' | 'proxy';
  readonly startedAt: Date;
  /** Milliseconds to its end. */
  readonly ms: number;
}

/** An exchange as an entry of an HTTP Archive (HAR 1.2), which {@link parseHar} reads back. What HAR has no word for begins with `_`. */
export function toHarEntry({ request, response }: RecordedExchange, facts: ExchangeFacts): JsonObject {
  const { method, scheme, authority, path } = request;
  const { encoding, ...text } = textOf(response.body);
  return {
    startedDateTime: facts.startedAt.toISOString(),
    time: facts.ms,
    request: {
      method,
      url: `${scheme}://${authority}${path}`,
      httpVersion: 'HTTP/1.1',
      cookies: [],
      headers: headersOf(request.headers),
      queryString: [...new URLSearchParams(path.split('?')[1])].map(([name, value]) => ({ name, value })),
      headersSize: -1,
      bodySize: request.body.length,
      ...(request.body.length > 0 && {
        postData: { mimeType: mimeType(request.headers), ...textOf(request.body) },
      }),
      ...trailersOf(request.trailers),
    },
    response: {
      status: response.status,
      statusText: '',
      httpVersion: 'HTTP/1.1',
      cookies: [],
      headers: headersOf(response.headers),
      content: {
        size: response.body.length,
        mimeType: mimeType(response.headers),
        ...text,
        ...(encoding !== undefined && { encoding }),
      },
      redirectURL: '',
      headersSize: -1,
      bodySize: response.body.length,
      ...trailersOf(response.trailers),
    },
    cache: {},
    timings: { send: 0, wait: facts.ms, receive: 0 },
    _service: facts.service,
    _answeredBy: facts.answeredBy,
  };
}

function headersOf(headers: RecordedHeaders): readonly JsonObject[] {
  return headers.map(([name, value]) => ({ name, value }));
}

function trailersOf(trailers: RecordedHeaders): JsonObject {
  return trailers.length > 0 ? { _trailers: headersOf(trailers) } : {};
}

function mimeType(headers: RecordedHeaders): string {
  return headers.find(([name]) => name === 'content-type')?.[1] ?? 'application/octet-stream';
}

/** Bytes that are no UTF-8 become Base64. */
function textOf(bytes: Uint8Array): { readonly text: string; readonly encoding?: 'base64' } {
  try {
    return { text: new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes) };
  } catch {
    return { text: btoa(latin1(bytes)), encoding: 'base64' };
  }
}

function latin1(bytes: Uint8Array): string {
  let text = '';
  // In pieces: a call takes only so many arguments.
  for (let at = 0; at < bytes.length; at += 8192)
    text += String.fromCharCode(...bytes.subarray(at, at + 8192));
  return text;
}
