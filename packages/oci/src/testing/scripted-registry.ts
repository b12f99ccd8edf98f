import { createServer } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { formatDigest } from '../reference/digest.ts';
import { buildImage } from '../image/build.ts';
import type { WasmImage } from '../image/build.ts';
import { fakeModule } from './modules.ts';

/** One request as a server saw it; the body is read. */
export interface SeenRequest {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

/** A server that does what a test says. */
export interface ScriptedServer extends AsyncDisposable {
  /** `127.0.0.1:<port>`. */
  readonly host: string;
  readonly url: string;
  readonly seen: readonly SeenRequest[];
}

/** Answers a request; `false` leaves it to the next handler. */
export type Handler = (request: SeenRequest, response: ServerResponse) => boolean | void | Promise<void>;

/** Starts a server on a free loopback port whose first willing handler answers; nobody willing is a 404. */
export async function startServer(...handlers: readonly Handler[]): Promise<ScriptedServer> {
  const seen: SeenRequest[] = [];
  const server = createServer((incoming, response) => {
    const chunks: Buffer[] = [];
    response.on('error', () => {});
    incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
    incoming.on('end', () => {
      const url = new URL(incoming.url ?? '/', 'http://server');
      const request: SeenRequest = {
        method: incoming.method ?? '',
        path: url.pathname,
        query: url.searchParams,
        headers: incoming.headers,
        body: Buffer.concat(chunks).toString('latin1'),
      };
      seen.push(request);
      if (!handlers.some((handler) => handler(request, response) !== false)) response.writeHead(404).end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    host,
    url: `http://${host}`,
    seen,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** The image that {@link honest} serves. */
export const image: WasmImage = buildImage(fakeModule(20_000));

/** Path of the layer of {@link image} in the repository `a/b`. */
export const layerPath = `/v2/a/b/blobs/${formatDigest(image.layer.digest)}`;

/** Serves {@link image} as `a/b` under any tag and takes uploads: what a registry should do, for tests to break one thing of it. */
export const honest: Handler = (request, response) => {
  const { method, path } = request;
  if (path.startsWith('/v2/a/b/manifests/') && method !== 'PUT')
    return sendManifest(response, image.manifest.bytes);
  if (method === 'PUT') return void response.writeHead(201).end();
  if (method === 'POST')
    return void response.writeHead(202, { location: '/v2/a/b/blobs/uploads/1?state=x' }).end();
  const blob = [image.layer, image.config].find(
    ({ digest }) => path === `/v2/a/b/blobs/${formatDigest(digest)}`,
  );
  if (blob === undefined) return false;
  return void response.writeHead(200).end(method === 'HEAD' ? '' : blob.bytes);
};

/** Answers with bytes as an OCI manifest. */
export function sendManifest(
  response: ServerResponse,
  bytes: Uint8Array,
  headers: Readonly<Record<string, string>> = {},
): void {
  response.writeHead(200, { 'content-type': image.manifest.mediaType, ...headers }).end(bytes);
}

/** Wants a password: challenges every request that carries no Authorization. */
export function challenging(challenge: string): Handler {
  return (request, response) =>
    request.headers.authorization === undefined
      ? void response.writeHead(401, { 'www-authenticate': challenge }).end()
      : false;
}

/** Answers requests of one method whose path begins so. */
export function on(method: string, prefix: string, handler: Handler): Handler {
  return (request, response) =>
    request.method === method && request.path.startsWith(prefix) ? handler(request, response) : false;
}

/** Sends bytes for as long as anybody reads. */
export function endless(response: ServerResponse, chunk: Uint8Array): void {
  const more = (): void => {
    while (!response.destroyed && response.write(chunk));
  };
  response.on('drain', more);
  more();
}
