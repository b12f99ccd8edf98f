import { once } from 'node:events';
import { createServer, request, type IncomingMessage, type RequestListener, type Server } from 'node:http';
import { connect } from 'node:net';
import { closeServer, listen } from '../mesh/listen.ts';

/** A response that was read to its end. */
export interface Answer {
  readonly status: number;
  readonly headers: IncomingMessage['headers'];
  readonly trailers: IncomingMessage['trailers'];
  readonly body: string;
}

/** How {@link ask} asks. */
export interface Question {
  readonly method?: string;
  readonly path?: string;
  readonly headers?: Record<string, string | string[]>;
  readonly body?: string | Uint8Array;
  readonly trailers?: Record<string, string>;
  readonly signal?: AbortSignal;
}

/** Sends a request on a connection of its own and reads the whole response. */
export async function ask(port: number, question: Question = {}): Promise<Answer> {
  const { method = 'GET', path = '/', headers = {}, body, trailers, signal } = question;
  const outgoing = request({
    host: '127.0.0.1',
    port,
    method,
    path,
    headers,
    agent: false,
    ...(signal ? { signal } : {}),
  });
  if (trailers !== undefined) {
    outgoing.write(body);
    outgoing.addTrailers(trailers);
    outgoing.end();
  } else outgoing.end(body);
  const [message] = (await once(outgoing, 'response')) as [IncomingMessage];
  const pieces: Buffer[] = [];
  for await (const chunk of message as AsyncIterable<Buffer>) pieces.push(chunk);
  return {
    status: message.statusCode ?? 0,
    headers: message.headers,
    trailers: message.trailers,
    body: Buffer.concat(pieces).toString(),
  };
}

/** Sends these very bytes and reads until the other side closes. */
export async function rawAsk(port: number, bytes: string): Promise<string> {
  const socket = connect(port, '127.0.0.1');
  socket.write(bytes);
  const pieces: Buffer[] = [];
  for await (const chunk of socket as AsyncIterable<Buffer>) pieces.push(chunk);
  return Buffer.concat(pieces).toString();
}

/** An HTTP server for a test, on a free port. */
export async function startUpstream(
  listener: RequestListener,
): Promise<AsyncDisposable & { readonly port: number; readonly url: string; readonly server: Server }> {
  const server = createServer(listener);
  const port = await listen(server, 0);
  return {
    port,
    url: `http://127.0.0.1:${port}`,
    server,
    [Symbol.asyncDispose]: () => closeServer(server, 0),
  };
}
