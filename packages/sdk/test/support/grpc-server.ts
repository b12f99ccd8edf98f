import { createServer, type ServerHttp2Stream } from 'node:http2';
import type { AddressInfo } from 'node:net';

/**
 * `test.Echo`: `Say` answers a message with itself and with who it is from, or fails when it is "fail"; `Chat` echoes message by
 * message, with metadata before and after.
 */
export async function startGrpcServer(): Promise<AsyncDisposable & { readonly port: number }> {
  const server = createServer();
  const sessions = new Set<{ destroy(): void }>();
  server.on('session', (session) => void sessions.add(session));
  server.on('stream', (stream, headers) => {
    stream.on('error', () => undefined);
    const chat = headers[':path'] === '/test.Echo/Chat';
    const from = String(headers['x-from'] ?? 'nobody');
    const received: Buffer[] = [];
    if (chat) begin(stream);
    let rest = Buffer.alloc(0);
    stream.on('data', (chunk: Buffer) => {
      rest = Buffer.concat([rest, chunk]);
      while (rest.length >= 5 && rest.length >= 5 + rest.readUInt32BE(1)) {
        const end = 5 + rest.readUInt32BE(1);
        received.push(rest.subarray(5, end));
        if (chat) stream.write(frame(rest.subarray(5, end)));
        rest = rest.subarray(end);
      }
    });
    stream.on('end', () => {
      if (chat) return void stream.end();
      const text = Buffer.concat(received).toString();
      begin(stream, text === 'fail' ? { 'grpc-status': '5', 'grpc-message': 'no such thing' } : undefined);
      if (text !== 'fail') stream.write(frame(Buffer.from(`${text} from ${from}`)));
      stream.end();
    });
  });
  await new Promise<void>((listening) => void server.listen(0, '127.0.0.1', listening));
  return {
    port: (server.address() as AddressInfo).port,
    [Symbol.asyncDispose]: () => {
      for (const session of sessions) session.destroy();
      return new Promise((closed) => void server.close(() => closed()));
    },
  };
}

function begin(stream: ServerHttp2Stream, trailers: Record<string, string> = { 'grpc-status': '0' }): void {
  stream.respond(
    { ':status': 200, 'content-type': 'application/grpc', 'x-first': 'hello' },
    { waitForTrailers: true },
  );
  stream.on('wantTrailers', () => stream.sendTrailers({ ...trailers, 'x-last': 'bye' }));
}

function frame(message: Buffer): Buffer {
  const head = Buffer.alloc(5);
  head.writeUInt32BE(message.length, 1);
  return Buffer.concat([head, message]);
}
