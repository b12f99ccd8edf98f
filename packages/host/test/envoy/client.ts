import { request as httpRequest, type IncomingMessage } from 'node:http';
import type { TestHeaders, TestRequest } from '../../src/testing/index.ts';

/** What is compared of a message: order and repetition of headers count. */
export interface Seen {
  readonly start: string;
  readonly headers: readonly string[];
  readonly body: string;
  readonly trailers?: readonly string[];
}

/** What a client got; `malformed` is no HTTP/1.1. */
export type Answer = Seen | 'reset' | 'nothing' | 'malformed';

/** Headers that Envoy's connection manager and codecs, or Node's client and server, add outside of the filters. */
const transport = new Set(['date', 'server', 'connection', 'transfer-encoding', 'keep-alive', 'trailer']);

/** How long a stream may stand still that a filter holds for good. */
const patienceMs = 1500;

export function comparable(pairs: readonly (readonly [string, string])[]): string[] {
  return (
    pairs
      .filter(([name]) => !transport.has(name) && !name.startsWith(':'))
      // The HTTP/1 codec says of every message without a body that it has none.
      .filter(([name, value]) => name !== 'content-length' || value !== '0')
      .map(([name, value]) => `${name}: ${value}`)
  );
}

/** Sends a request to Envoy on a connection of its own. With trailers the body is sent in chunks. */
export async function send(port: number, request: TestRequest): Promise<Answer> {
  const body = typeof request.body === 'string' ? request.body : undefined;
  const trailers = linesOf(request.trailers);
  const { promise, resolve, reject } = Promise.withResolvers<Answer>();
  const outgoing = httpRequest(
    {
      host: '127.0.0.1',
      port,
      method: request.method ?? 'GET',
      path: request.path ?? '/',
      agent: false,
      headers: ['host', 'localhost', ...linesOf(request.headers), ...framing(body, trailers.length > 0)],
    },
    (incoming) => {
      bodyOf(incoming)
        .then((text) => resolve(seenOf(String(incoming.statusCode), incoming, text)))
        .catch(() => resolve('reset'));
    },
  );
  outgoing.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code?.startsWith('HPE_') === true) resolve('malformed');
    else if (error.code === 'ECONNRESET' || error.code === 'EPIPE' || error.message === 'socket hang up')
      resolve('reset');
    else reject(error);
  });
  outgoing.setTimeout(patienceMs, () => {
    resolve('nothing');
    outgoing.destroy();
  });
  if (trailers.length > 0) outgoing.addTrailers(Object.entries(request.trailers ?? {}) as [string, string][]);
  outgoing.end(body);
  return promise;
}

/** What says how long the body of an HTTP/1.1 message is. */
export function framing(body: string | undefined, trailers: boolean): string[] {
  if (trailers) return ['transfer-encoding', 'chunked'];
  return body === undefined ? [] : ['content-length', String(body.length)];
}

/** Headers as Node wants them in order and with repetitions: name, value, name … */
export function linesOf(headers: TestHeaders = {}): string[] {
  return Object.entries(headers).flatMap(([name, value]) =>
    (typeof value === 'string' ? [value] : value).flatMap((one) => [name, one]),
  );
}

export function seenOf(start: string, incoming: IncomingMessage, body: string): Seen {
  const trailers = pairsOf(incoming.rawTrailers).map(([name, value]) => `${name}: ${value}`);
  return {
    start,
    headers: comparable(pairsOf(incoming.rawHeaders)),
    body,
    ...(trailers.length > 0 && { trailers }),
  };
}

function pairsOf(raw: readonly string[]): [string, string][] {
  const pairs: [string, string][] = [];
  for (let i = 0; i < raw.length; i += 2)
    pairs.push([(raw[i] as string).toLowerCase(), raw[i + 1] as string]);
  return pairs;
}

export async function bodyOf(incoming: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of incoming) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString('utf8');
}
