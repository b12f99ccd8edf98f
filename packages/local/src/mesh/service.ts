import {
  createServer,
  STATUS_CODES,
  type IncomingMessage,
  type Server,
  type ServerResponse,
} from 'node:http';
import type { Duplex } from 'node:stream';
import { WasmcastError, type LocalServiceSpec } from '@wasmcast/core';
import type { Recording } from '../record/recording.ts';
import { Counters } from './counters.ts';
import { startEcho } from './echo.ts';
import type { ExchangeHost } from './exchange-host.ts';
import { Exchange } from './exchange.ts';
import type { RunningPlugin } from './filter-runtime.ts';
import { openStream, type FilterStream, type StreamExits } from './filter-stream.ts';
import type { MeshLimits } from './limits.ts';
import { closeServer, listen, loopback } from './listen.ts';
import { ServiceChain, type ChainHost } from './service-chain.ts';
import { openUpstream, type Upstream } from './upstream.ts';

/** Milliseconds that requests in flight have to end when a mesh stops. */
const closeGraceMs = 2_000;

/** One service of the mesh: an HTTP/1.1 proxy on a port of its own, with a chain of filters, in front of an upstream. */
export class Service<P extends RunningPlugin = RunningPlugin> implements AsyncDisposable {
  readonly spec: LocalServiceSpec;
  readonly chain: ServiceChain<P>;
  readonly port: number;
  readonly counters: Counters;
  readonly #server: Server;
  readonly #echo: Server | undefined;
  readonly #upstream: Upstream;

  private constructor(
    spec: LocalServiceSpec,
    chain: ServiceChain<P>,
    parts: {
      port: number;
      counters: Counters;
      server: Server;
      echo: Server | undefined;
      upstream: Upstream;
    },
  ) {
    this.spec = spec;
    this.chain = chain;
    this.port = parts.port;
    this.counters = parts.counters;
    this.#server = parts.server;
    this.#echo = parts.echo;
    this.#upstream = parts.upstream;
  }

  /** Starts it; `recording` gets its traffic. Throws `WC-LOC-009` if its port cannot be listened on, `WC-LOC-011` if its upstream is no address. */
  static async start<P extends RunningPlugin>(
    spec: LocalServiceSpec,
    host: ChainHost<P>,
    limits: MeshLimits,
    recording?: Recording,
  ): Promise<Service<P>> {
    if (spec.upstream !== undefined && !/^http:\/\/[^/?#]+\/?$/.test(spec.upstream))
      throw new WasmcastError(
        'WC-LOC-011',
        `the upstream of ${spec.namespace}/${spec.name}, ${spec.upstream}, is not of the form http://host:port`,
        { exit: 'invalid' },
      );
    const echo = spec.upstream === undefined ? await startEcho(spec) : undefined;
    const url = spec.upstream ?? `http://${loopback}:${echo?.port}`;
    const upstream = openUpstream(new URL(url), limits);
    const chain = new ServiceChain<P>(host);
    const counters = new Counters();
    const ended = endedTo(counters, recording, `${spec.namespace}/${spec.name}`);
    const server = serveChain(chain, upstream, limits, host, {
      ended,
      ...(recording !== undefined && { record: () => recording.open() }),
      look: (plugins) => counters.look(plugins),
    });
    try {
      const port = await listen(server, spec.port);
      return new Service(spec, chain, { port, counters, server, echo: echo?.server, upstream });
    } catch (cause) {
      if (echo !== undefined) await closeServer(echo.server, 0);
      throw new WasmcastError(
        'WC-LOC-009',
        `the service ${spec.namespace}/${spec.name} cannot listen on port ${spec.port}: ${(cause as Error).message}`,
        { help: 'choose another `port`, or leave it out to take a free one', cause },
      );
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await closeServer(this.#server, closeGraceMs);
    await this.chain.close();
    this.#upstream.agent.destroy();
    if (this.#echo !== undefined) await closeServer(this.#echo, 0);
  }
}

/** Who is told of exchanges. */
interface Observers extends Pick<ExchangeHost, 'ended' | 'record'> {
  /** A stream is over; its filters may have died of it. */
  readonly look: (plugins: readonly RunningPlugin[]) => void;
}

function endedTo(
  counters: Counters,
  recording: Recording | undefined,
  service: string,
): ExchangeHost['ended'] {
  return (end, ms, recorded) => {
    counters.ended(end, ms);
    if (recorded === undefined) return;
    const startedAt = new Date(Date.now() - ms);
    recording?.close(recorded.tape, recorded.whole, { service, startedAt, ms });
  };
}

function serveChain<P extends RunningPlugin>(
  chain: ServiceChain<P>,
  upstream: Upstream,
  limits: MeshLimits,
  host: ChainHost<P>,
  { look, ...observers }: Observers,
): Server {
  const exchangeHost: ExchangeHost = {
    upstream,
    limits,
    ...observers,
    fault: (error) => host.fault(error),
    openStream(exits: StreamExits, request: IncomingMessage): FilterStream {
      const generation = chain.current;
      const leave = generation.enter();
      if (generation.plugins.length === 0) {
        return { ...openStream(exits), close: leave };
      }
      const { remoteAddress, remotePort, localAddress, localPort } = request.socket;
      const peers = {
        clientAddress: remoteAddress ?? loopback,
        clientPort: remotePort ?? 0,
        localAddress: localAddress ?? loopback,
        localPort: localPort ?? 0,
      };
      let stream: FilterStream;
      try {
        stream = host.runtime.open(generation.plugins, exits, peers, limits.bufferBytes);
      } catch (error) {
        leave();
        throw error;
      }
      const close = (): void => {
        try {
          stream.close();
        } finally {
          look(generation.plugins);
          leave();
        }
      };
      const { changes, request: inbound, response } = stream;
      return { changes, request: inbound, response, close };
    },
  };
  const server = createServer({
    maxHeaderSize: limits.headerBytes,
    // Node's default silently drops fields beyond 2000; the bytes are bounded anyway, and the fields are counted.
    keepAliveTimeout: 60_000,
    noDelay: true,
  });
  server.maxHeadersCount = 0;
  const serve = (request: IncomingMessage, response: ServerResponse, expectsContinue: boolean): void => {
    try {
      new Exchange(exchangeHost, request, response).start(expectsContinue);
    } catch (error) {
      host.fault(error);
      response.destroy();
    }
  };
  server.on('request', (request, response) => serve(request, response, false));
  server.on('checkContinue', (request, response) => serve(request, response, true));
  server.on('connect', (_request, socket) => refuse(socket, 405));
  server.on('clientError', (error: NodeJS.ErrnoException, socket) => {
    refuse(socket, statusOf(error.code));
  });
  return server;
}

const parserFaults = new Map([
  ['HPE_HEADER_OVERFLOW', 431],
  ['HPE_CHUNK_EXTENSIONS_OVERFLOW', 413],
  ['ERR_HTTP_REQUEST_TIMEOUT', 408],
]);

/** Status for a message that Node's parser refused. */
function statusOf(code: string | undefined): number {
  return (code === undefined ? undefined : parserFaults.get(code)) ?? 400;
}

function refuse(socket: Duplex, status: number): void {
  if (!socket.writable || socket.destroyed) return;
  socket.end(`HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
}
