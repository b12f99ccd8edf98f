import { createServer, type Http2Server, type ServerHttp2Session } from 'node:http2';
import type { AddressInfo } from 'node:net';

/** What every call is answered. */
export interface GrpcAnswer {
  readonly headers: Readonly<Record<string, string>>;
  readonly message: string;
  readonly trailers: Readonly<Record<string, string>>;
}

/** A gRPC server that gives every call the same answer, as soon as it comes; without an answer it is silent. */
export class GrpcServer implements AsyncDisposable {
  readonly #server: Http2Server;
  readonly #sessions = new Set<ServerHttp2Session>();

  private constructor(answer: GrpcAnswer | undefined) {
    this.#server = createServer();
    this.#server.on('session', (session) => {
      this.#sessions.add(session);
      session.on('close', () => this.#sessions.delete(session));
    });
    this.#server.on('stream', (stream) => {
      stream.on('error', () => undefined);
      if (answer === undefined) return;
      stream.respond({ ':status': 200, 'content-type': 'application/grpc', ...answer.headers }, {
        waitForTrailers: true,
        sendDate: false,
      } as object);
      stream.on('wantTrailers', () => stream.sendTrailers({ 'grpc-status': '0', ...answer.trailers }));
      stream.end(frame(answer.message));
    });
  }

  static async start(answer: GrpcAnswer | undefined): Promise<GrpcServer> {
    const server = new GrpcServer(answer);
    await new Promise<void>((resolve) => void server.#server.listen(0, '127.0.0.1', resolve));
    return server;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const session of this.#sessions) session.destroy();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}

/** A message of gRPC over HTTP/2: not compressed, its size, its bytes. */
function frame(message: string): Buffer {
  const body = Buffer.from(message);
  const head = Buffer.alloc(5);
  head.writeUInt32BE(body.length, 1);
  return Buffer.concat([head, body]);
}
