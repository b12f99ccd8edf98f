import { createHash, randomBytes } from 'node:crypto';
import http from 'node:http';
import https from 'node:https';
import type { Duplex } from 'node:stream';
import { answerError, noAnswerError, type Request } from './api-error.ts';
import type { KubeClient } from './client.ts';
import { encodeFrame, FrameReader } from './websocket-frames.ts';

/** Larger than anything a kubelet sends in one message. */
const maxMessageBytes = 4 * 1024 * 1024;
const maxErrorBytes = 64 * 1024;
const acceptSuffix = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11';

/** What a connection tells its user. Exactly one of `onEnd` calls comes last. */
export interface SocketEvents {
  readonly onData: (payload: Buffer) => void;
  readonly onEnd: (error: Error | undefined) => void;
}

/** An upgraded connection to a connect subresource of the API server. */
export class KubeSocket implements Disposable {
  readonly #stream: Duplex;
  readonly #reader = new FrameReader(maxMessageBytes);
  readonly #events: SocketEvents;
  #ended = false;

  constructor(stream: Duplex, events: SocketEvents) {
    this.#stream = stream;
    this.#events = events;
    stream.on('data', (bytes: Buffer) => this.take(bytes));
    stream.on('error', (error: Error) => this.#end(error));
    stream.on('close', () => this.#end(undefined));
  }

  /** Bytes that came with the answer to the upgrade itself. */
  take(bytes: Buffer): void {
    try {
      for (const { kind, payload } of this.#reader.push(bytes)) {
        if (kind === 'text' || kind === 'binary') this.#events.onData(payload);
        else if (kind === 'ping') this.#write('pong', payload);
        else if (kind === 'close') this[Symbol.dispose]();
      }
    } catch (error) {
      this.#end(error as Error);
      this.#stream.destroy();
    }
  }

  send(payload: Uint8Array): void {
    this.#write('binary', payload);
  }

  #write(kind: 'binary' | 'pong' | 'close', payload: Uint8Array): void {
    if (this.#stream.writable) this.#stream.write(encodeFrame(kind, payload, randomBytes(4)));
  }

  #end(error: Error | undefined): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#events.onEnd(error);
  }

  [Symbol.dispose](): void {
    this.#write('close', Buffer.alloc(0));
    this.#end(undefined);
    this.#stream.destroy();
  }
}

/**
 * Connects to `path` with one of `protocols`. Throws a KubeError with the server's own words when it refuses. The signal
 * ends the connection too, whenever it comes.
 */
export async function connectSocket(
  client: KubeClient,
  request: Request,
  path: string,
  protocols: readonly string[],
  events: SocketEvents,
  signal: AbortSignal,
): Promise<KubeSocket> {
  const { endpoint } = client;
  const { headers, agent } = await endpoint.credentials();
  const url = new URL(endpoint.server.pathname.replace(/\/$/, '') + path, endpoint.server);
  const key = randomBytes(16).toString('base64');
  const accept = createHash('sha1')
    .update(key + acceptSuffix)
    .digest('base64');
  const send = url.protocol === 'http:' ? http.request : https.request;
  return await new Promise<KubeSocket>((resolve, reject) => {
    const fail = (cause: unknown): void => reject(noAnswerError(request, endpoint.server.origin, cause));
    const upgrade = send(url, {
      method: 'GET',
      agent,
      signal,
      headers: {
        ...headers,
        'user-agent': client.userAgent,
        connection: 'Upgrade',
        upgrade: 'websocket',
        'sec-websocket-version': '13',
        'sec-websocket-key': key,
        'sec-websocket-protocol': protocols.join(', '),
      },
    });
    upgrade.on('error', fail);
    upgrade.on('response', (response) => {
      let body: Buffer = Buffer.alloc(0);
      response.on('data', (chunk: Buffer) => {
        if (body.byteLength < maxErrorBytes) body = Buffer.concat([body, chunk]);
      });
      response.on('error', fail);
      response.on('end', () => reject(answerError(request, response.statusCode ?? 0, body)));
    });
    upgrade.on('upgrade', (response, stream, head) => {
      if (response.headers['sec-websocket-accept'] !== accept) {
        stream.destroy();
        fail(new Error('it answered the WebSocket handshake wrongly'));
        return;
      }
      const socket = new KubeSocket(stream, events);
      const abort = (): void => socket[Symbol.dispose]();
      signal.addEventListener('abort', abort, { once: true });
      stream.once('close', () => signal.removeEventListener('abort', abort));
      resolve(socket);
      if (head.byteLength > 0) socket.take(head);
    });
    upgrade.end();
  });
}
