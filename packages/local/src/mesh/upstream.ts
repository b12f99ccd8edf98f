import { Agent, request, type ClientRequest, type IncomingMessage } from 'node:http';
import type { HeaderPairs } from './filter-stream.ts';
import type { Framing, Wire } from './framing.ts';
import {
  headerValue,
  legalAuthority,
  legalMethod,
  legalPath,
  passableTrailers,
  wireHeaders,
} from './headers.ts';
import type { MeshLimits } from './limits.ts';

/** Where a service's requests go, with its pool of connections. */
export interface Upstream {
  readonly host: string;
  readonly port: number;
  readonly agent: Agent;
}

/** What an attempt to reach upstream comes to. */
export interface UpstreamEvents {
  response(message: IncomingMessage): void;
  /** No response, or not the whole of it. `status` is what the client is told if it was not told one yet. */
  failed(status: number, reason: string): void;
  /** The connection takes no more of the body for now, or takes it again. */
  hold(hold: boolean): void;
}

/** Errors before a connection stood. */
const unreachable = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ETIMEDOUT',
]);

/** Methods that may be repeated (RFC 9110 9.2.2). */
const retryable = new Set(['GET', 'HEAD', 'OPTIONS', 'TRACE', 'PUT', 'DELETE']);

/** Opens a pool of connections to `http://host:port`. */
export function openUpstream(url: URL, limits: MeshLimits): Upstream {
  const agent = new Agent({ keepAlive: true, maxSockets: limits.upstreamConnections, maxFreeSockets: 256 });
  // URL keeps the brackets of an IPv6 literal, which the resolver does not take.
  return {
    host: url.hostname.replace(/^\[(.*)\]$/, '$1'),
    port: url.port === '' ? 80 : Number(url.port),
    agent,
  };
}

/** One request to upstream. */
export class UpstreamRequest implements Wire {
  readonly #upstream: Upstream;
  readonly #limits: MeshLimits;
  readonly #events: UpstreamEvents;
  #request: ClientRequest | undefined;
  #over = false;

  constructor(upstream: Upstream, limits: MeshLimits, events: UpstreamEvents) {
    this.#upstream = upstream;
    this.#limits = limits;
    this.#events = events;
  }

  begin(headers: HeaderPairs, framing: Framing): void {
    if (this.#over) return;
    const method = headerValue(headers, ':method') ?? 'GET';
    const path = headerValue(headers, ':path') ?? '/';
    const authority = headerValue(headers, ':authority') ?? '';
    if (!legalMethod(method) || !legalPath(path) || !legalAuthority(authority)) {
      this.#fail(503, 'a filter wrote a method, a path or an authority that is no HTTP');
      return;
    }
    this.#send(method, path, requestFields(headers, method, authority, framing), framing, true);
  }

  write(chunk: Uint8Array): void {
    if (this.#over || this.#request === undefined) return;
    if (!this.#request.write(chunk)) this.#events.hold(true);
  }

  flush(): void {
    if (!this.#over) this.#request?.flushHeaders();
  }

  end(trailers: HeaderPairs): void {
    if (this.#over || this.#request === undefined) return;
    const passable = passableTrailers(trailers);
    if (passable.length > 0) this.#request.addTrailers(passable);
    this.#request.end();
  }

  /** Gives up on it, or just stops watching it if all was exchanged. */
  close(complete: boolean): void {
    this.#over = true;
    if (!complete) this.#request?.destroy();
  }

  #send(method: string, path: string, headers: string[], framing: Framing, first: boolean): void {
    const { host, port, agent } = this.#upstream;
    const outgoing = request({ host, port, agent, method, path, headers, setHost: false });
    this.#request = outgoing;
    outgoing.on('socket', (socket) => {
      if (!socket.connecting) return;
      const connecting = setTimeout(
        () => this.#fail(503, 'upstream could not be connected to in time'),
        this.#limits.connectMs,
      );
      socket.once('connect', () => clearTimeout(connecting)).once('close', () => clearTimeout(connecting));
    });
    outgoing.on('drain', () => {
      this.#events.hold(false);
    });
    outgoing.on('response', (message) => {
      if (this.#over) message.destroy();
      else this.#events.response(message);
    });
    // An answer with 101 to a request that asked for no upgrade.
    outgoing.on('upgrade', (_message, socket) => {
      socket.destroy();
      this.#fail(502, 'upstream switched protocols without being asked');
    });
    outgoing.on('error', (error: NodeJS.ErrnoException) => {
      if (this.#over || this.#request !== outgoing) return;
      // Upstream closed a pooled connection while we took it: nothing was processed (RFC 9112 9.3.1).
      const stale = outgoing.reusedSocket && (error.code === 'ECONNRESET' || error.code === 'EPIPE');
      if (first && stale && framing.kind === 'none' && retryable.has(method) && outgoing.writableEnded) {
        this.#send(method, path, headers, framing, false);
        this.#request.end();
        return;
      }
      const [status, reason] = describe(error);
      this.#fail(status, reason);
    });
  }

  #fail(status: number, reason: string): void {
    if (this.#over) return;
    this.#over = true;
    this.#request?.destroy();
    this.#events.failed(status, reason);
  }
}

/** Fields of the request as they go out, with its framing. */
function requestFields(headers: HeaderPairs, method: string, authority: string, framing: Framing): string[] {
  const fields = wireHeaders(headers).filter(([name]) => name !== 'host' && name !== 'expect');
  fields.unshift(['host', authority]);
  if (framing.kind === 'length') fields.push(['content-length', String(framing.bytes)]);
  else if (framing.kind === 'chunked') fields.push(['transfer-encoding', 'chunked']);
  // A method that has a body by its meaning says that it has none (RFC 9110 8.6).
  else if (method === 'POST' || method === 'PUT' || method === 'PATCH') fields.push(['content-length', '0']);
  return fields.flat();
}

function describe(error: NodeJS.ErrnoException): readonly [status: number, reason: string] {
  if (error.code?.startsWith('HPE_')) return [502, `upstream does not speak HTTP/1.1 (${error.code})`];
  if (error.code !== undefined && unreachable.has(error.code))
    return [503, `upstream cannot be reached (${error.code})`];
  return [502, `upstream broke the connection before it answered (${error.code ?? error.message})`];
}
