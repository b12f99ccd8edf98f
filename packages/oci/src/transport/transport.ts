import type { IncomingHttpHeaders } from 'node:http';
import { Readable } from 'node:stream';
import { Agent, ProxyAgent, request as send } from 'undici';
import type { Dispatcher } from 'undici';
import { OciError } from '../errors.ts';
import type { OciLimits } from '../limits.ts';
import { dialer, judgeProxied } from './dialer.ts';
import type { DialRole, Resolver, TlsOptions, Whereabouts } from './dialer.ts';
import { connectionError } from './faults.ts';
import type { ProxyRules } from './proxy-rules.ts';

/** A body that is made while it is sent, and again if it is sent again. */
export interface BodyPart {
  readonly size: number;
  pieces(): Iterable<Uint8Array>;
}

/** One HTTP request, without redirects, retries or authentication. */
export interface HopRequest {
  readonly method: 'GET' | 'HEAD' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  readonly url: URL;
  readonly role: DialRole;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: Uint8Array | BodyPart;
  /** Told how many bytes of the body have been handed to the connection, now and then. */
  readonly onSent?: (bytes: number) => void;
  /** The time for the whole exchange, in milliseconds. */
  readonly deadlineMs: number;
  readonly signal: AbortSignal | undefined;
}

/** The answer; the body must be read to its end or destroyed. */
export interface HopResponse {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Readable;
  /** The address asked, without its query: for messages. */
  readonly place: string;
}

/** How connections are made. */
export interface TransportOptions {
  readonly limits: OciLimits;
  readonly resolver: Resolver;
  readonly proxy: ProxyRules;
  /** What is trusted and shown, by who asked for the connection: a client certificate is for the registry alone. */
  readonly tls: Readonly<Record<DialRole, TlsOptions>>;
}

/** Sends requests over connections that were checked when they were opened. Closes its connections when disposed. */
export class Transport implements AsyncDisposable {
  readonly #options: TransportOptions;
  readonly #whereabouts: Whereabouts = { registry: undefined };
  // A pool for each role: a connection that was opened for the registry is never used for where the registry points, or
  // the check is void. The same goes for tunnels of a proxy.
  readonly #pools = new Map<string, Dispatcher>();

  constructor(options: TransportOptions) {
    this.#options = options;
  }

  /** @throws OciError `unreachable`, `timeout`, `certificate`, `plainHttp`, `address`; the signal's reason when aborted. */
  async send(request: HopRequest): Promise<HopResponse> {
    request.signal?.throwIfAborted();
    const place = displayUrl(request.url);
    const deadline = AbortSignal.timeout(request.deadlineMs);
    const signal = request.signal === undefined ? deadline : AbortSignal.any([request.signal, deadline]);
    let response: Dispatcher.ResponseData;
    try {
      response = await send(request.url, {
        dispatcher: this.#pool(request.role, request.url),
        method: request.method,
        headers: {
          'user-agent': 'wasmcast',
          'accept-encoding': 'identity',
          ...(request.body !== undefined && 'pieces' in request.body
            ? { 'content-length': String(request.body.size) }
            : {}),
          ...request.headers,
        },
        body: bodyOf(request),
        signal,
      });
    } catch (error) {
      throw connectionError(error, place, request.signal);
    }
    const body: Readable = response.body;
    // A body that is destroyed before anybody listens would end the process.
    body.on('error', () => {});
    return { status: response.statusCode, headers: response.headers, body, place };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([...this.#pools.values()].map((pool) => pool.destroy()));
  }

  /** The connections for a role: direct ones, or those through the proxy that the address is reached by. */
  #pool(role: DialRole, url: URL): Dispatcher {
    const { limits, resolver, proxy: rules } = this.#options;
    const tls = this.#options.tls[role];
    const proxy = rules(url);
    if (proxy !== undefined) judgeProxied(role, this.#whereabouts, url.hostname);
    const key = `${role} ${proxy?.href}`;
    const found = this.#pools.get(key);
    if (found !== undefined) return found;
    const common = {
      connections: 4,
      pipelining: 1,
      headersTimeout: limits.headersMs,
      bodyTimeout: limits.bodyIdleMs,
    };
    const pool =
      proxy === undefined
        ? new Agent({
            ...common,
            connect: dialer(role, this.#whereabouts, { connectMs: limits.connectMs, resolver, tls }),
          })
        : new ProxyAgent({
            ...common,
            uri: proxy.href,
            requestTls: { ...tls, timeout: limits.connectMs },
            proxyTls: { timeout: limits.connectMs },
          });
    this.#pools.set(key, pool);
    return pool;
  }
}

/** What undici sends: whoever waits is told of each piece once it is on its way. */
function bodyOf({ body, onSent }: HopRequest): Uint8Array | Readable | null {
  if (body === undefined || !('pieces' in body)) return body ?? null;
  if (body.size === 0) return new Uint8Array();
  return Readable.from(
    (function* sent() {
      let size = 0;
      for (const piece of body.pieces()) {
        yield piece;
        size += piece.length;
        onSent?.(size);
      }
    })(),
    { objectMode: true, highWaterMark: 1 },
  );
}

/** A URL for messages: without query, fragment and user, because those may carry signatures and secrets. */
export function displayUrl(url: URL): string {
  return `${url.protocol}//${url.host}${url.pathname}`;
}

/** The one value of a header. @throws OciError `malformed` if it is there twice with different values. */
export function headerOf(response: HopResponse, name: string): string | undefined {
  const value = response.headers[name];
  if (!Array.isArray(value)) return value;
  if (new Set(value).size > 1) throw new OciError('malformed', `${response.place}: several headers ${name}`);
  return value[0];
}
