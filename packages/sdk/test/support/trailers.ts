import { once } from 'node:events';
import { connect, createServer, type IncomingHttpHeaders } from 'node:http2';
import type { AddressInfo } from 'node:net';

/** Trailers by name, without what HTTP/2 adds. */
export type Trailers = Readonly<Record<string, string>>;

/** A server of HTTP/2 that answers `y` and these trailers; `received`: those of the last request. */
export async function startTrailerServer(
  trailers: Trailers,
): Promise<AsyncDisposable & { readonly port: number; received: Trailers | undefined }> {
  const server = createServer();
  const state = { received: undefined as Trailers | undefined };
  const sessions = new Set<{ destroy(): void }>();
  server.on('session', (session) => void sessions.add(session));
  server.on('stream', (stream) => {
    stream.on('error', () => undefined);
    stream.on('trailers', (headers) => (state.received = plain(headers)));
    stream.on('wantTrailers', () => stream.sendTrailers({ ...trailers }));
    stream.resume().on('end', () => {
      stream.respond({ ':status': 200 }, { waitForTrailers: true });
      stream.end('y');
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return Object.assign(state, {
    port: (server.address() as AddressInfo).port,
    [Symbol.asyncDispose]: async () => {
      for (const session of sessions) session.destroy();
      await new Promise<void>((closed) => void server.close(() => closed()));
    },
  });
}

/** Sends the body `x` and trailers by HTTP/2; returns the trailers of the answer. */
export async function sendTrailers(port: number, trailers: Trailers): Promise<Trailers> {
  const session = connect(`http://127.0.0.1:${port}`);
  try {
    const stream = session.request({ ':method': 'POST', ':path': '/' }, { waitForTrailers: true });
    stream.on('wantTrailers', () => stream.sendTrailers({ ...trailers }));
    stream.end('x');
    const [got] = (await once(stream.resume(), 'trailers')) as [IncomingHttpHeaders];
    return plain(got);
  } finally {
    session.destroy();
  }
}

function plain(headers: IncomingHttpHeaders): Trailers {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, String(value)]));
}
