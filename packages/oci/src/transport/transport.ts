import type { IncomingHttpHeaders } from 'node:http';
import type { Readable } from 'node:stream';
import { Agent, request as send } from 'undici';
import type { Dispatcher } from 'undici';
import { OciError } from '../errors.ts';
import type { OciLimits } from '../limits.ts';
import { dialer } from './dialer.ts';
import type { DialRole, Resolver, Whereabouts } from './dialer.ts';
import { connectionError } from './faults.ts';

/** One HTTP request, without redirects, retries or authentication. */
export interface HopRequest {
  readonly method: 'GET' | 'HEAD' | 'POST' | 'PUT';
  readonly url: URL;
  readonly role: DialRole;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: Uint8Array;
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

/** Sends requests over connections that were checked when they were opened. Closes its connections when disposed. */
export class Transport implements AsyncDisposable {
  readonly #agents: Readonly<Record<DialRole, Agent>>;

  constructor(limits: OciLimits, resolver: Resolver, ca: string | readonly string[] | undefined) {
    const whereabouts: Whereabouts = { registry: undefined };
    // Two pools: a connection that was opened for the registry is never used for where the registry points, or the check is void.
    const agent = (role: DialRole): Agent =>
      new Agent({
        connect: dialer(role, whereabouts, { connectMs: limits.connectMs, resolver, ca }),
        connections: 4,
        pipelining: 1,
        headersTimeout: limits.headersMs,
        bodyTimeout: limits.bodyIdleMs,
      });
    this.#agents = { registry: agent('registry'), elsewhere: agent('elsewhere') };
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
        dispatcher: this.#agents[request.role],
        method: request.method,
        headers: { 'user-agent': 'wasmcast', 'accept-encoding': 'identity', ...request.headers },
        body: request.body ?? null,
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
    await Promise.all([this.#agents.registry.destroy(), this.#agents.elsewhere.destroy()]);
  }
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
