import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import { greeting, reply } from '../sides/traffic.ts';
import type { Answer, Seen } from './client.ts';

/** How long a connection may stand still that a filter holds. */
const patienceMs = 1000;

/** The server behind Envoy's TCP proxy: answers what comes first. */
export class TcpUpstream implements AsyncDisposable {
  /** What came over the connection that was opened last. */
  received = '';
  readonly #sockets = new Set<Socket>();
  readonly #server = createServer({ allowHalfOpen: true }, (socket) => {
    this.#sockets.add(socket);
    socket.on('close', () => this.#sockets.delete(socket));
    socket.on('error', () => undefined);
    socket.on('end', () => socket.end());
    let answered = false;
    socket.on('data', (chunk) => {
      this.received += chunk.toString();
      if (!answered) socket.write(reply);
      answered = true;
    });
  });

  static async start(): Promise<TcpUpstream> {
    const upstream = new TcpUpstream();
    await new Promise<void>((resolve) => void upstream.#server.listen(0, '127.0.0.1', resolve));
    return upstream;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  /** Says that nothing follows. */
  end(): void {
    for (const socket of this.#sockets) socket.end();
  }

  /** Waits until nobody is connected any more: only then has Envoy done with the connection. */
  async quiet(): Promise<void> {
    await Promise.all(
      [...this.#sockets].map((socket) => new Promise((resolve) => socket.once('close', resolve))),
    );
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}

/**
 * Connects, greets, calls `answered` with the first bytes of the answer, and breaks off when the other side has ended: an
 * orderly end would be one that Envoy makes, not the client.
 */
export async function talk(port: number, answered: () => void): Promise<Answer> {
  const { promise, resolve } = Promise.withResolvers<Answer>();
  const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true }, () => socket.write(greeting));
  let got = '';
  let silent = false;
  socket.on('data', (chunk) => {
    if (got === '') answered();
    got += chunk.toString();
  });
  socket.on('end', () => socket.resetAndDestroy());
  socket.on('error', () => undefined);
  socket.setTimeout(patienceMs, () => {
    silent = true;
    socket.destroy();
  });
  socket.on('close', () => resolve(silent ? 'nothing' : tcpSeen(got)));
  return promise;
}

/** Bytes that came over a connection. */
export function tcpSeen(body: string): Seen {
  return { start: 'tcp', headers: [], body };
}
