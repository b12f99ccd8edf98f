import { createReadStream } from 'node:fs';
import { createServer as createHttpServer } from 'node:http';
import type { IncomingMessage, OutgoingHttpHeaders, Server, ServerResponse } from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { pipeline } from 'node:stream/promises';
import { modulePath, type Sha256 } from '@wasmcast/core';
import { OciError } from '../errors.ts';
import { byteRange } from './byte-range.ts';

/** A module in a file that nobody changes while it is served. */
export interface ServedModule {
  readonly digest: Sha256;
  /** Bytes. */
  readonly size: number;
  readonly file: string;
}

/** Where and how modules are served. */
export interface ModuleServerOptions {
  readonly modules: readonly ServedModule[];
  readonly host: string;
  /** 0 takes a free one. */
  readonly port: number;
  /** PEM; without it plain HTTP is spoken, which is safe for who compares the digest. */
  readonly tls?: { readonly cert: string; readonly key: string };
  readonly onRequest?: (request: ServedRequest) => void;
}

/** What somebody fetched, for a log. */
export interface ServedRequest {
  readonly method: string;
  readonly path: string;
  readonly status: number;
}

/** A server that runs until it is disposed of. */
export interface ModuleServer extends AsyncDisposable {
  /** `http://host:port` */
  readonly url: string;
}

/** Who reads slower than this, or says nothing for so long, is left. */
const idleMs = 30_000;
/** A proxy needs one; above that they wait. A stream and its buffers are some 200 KB. */
const mostConnections = 256;

/**
 * Serves modules by their digests. A module is sent as it is, never in a coding: so the sha256 of what is served, of what an
 * agent unpacks and of what the VM receives are one number. Files are streamed, so memory grows with connections, which are
 * bounded, and not with modules. Anything else than `GET` and `HEAD` of a known path, and `/healthz`, is refused.
 * @throws OciError `files` if it cannot listen there, or the certificate is none
 */
export async function startModuleServer(options: ModuleServerOptions): Promise<ModuleServer> {
  const modules = new Map(options.modules.map((module) => [modulePath(module.digest), module]));
  const answer = (request: IncomingMessage, response: ServerResponse): void => {
    const path = (request.url ?? '').split('?')[0] ?? '';
    response.on('close', () => {
      options.onRequest?.({ method: request.method ?? '', path, status: response.statusCode });
    });
    void serve(request, response, path, modules.get(path)).catch(() => response.destroy());
  };
  const server = open(options, answer);
  server.maxConnections = mostConnections;
  server.headersTimeout = idleMs;
  server.requestTimeout = idleMs;
  server.timeout = idleMs;
  await new Promise<void>((resolve, reject) => {
    server.once('error', (cause: NodeJS.ErrnoException) => {
      reject(
        new OciError('files', `cannot listen on ${options.host}:${options.port} (${cause.code})`, {
          cause,
          help: 'choose another address with --listen; port 0 takes a free one',
        }),
      );
    });
    server.listen(options.port, options.host, resolve);
  });
  const { port } = server.address() as AddressInfo;
  const host = options.host.includes(':') ? `[${options.host}]` : options.host;
  return {
    url: `${options.tls === undefined ? 'http' : 'https'}://${host}:${port}`,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function open(
  { tls }: ModuleServerOptions,
  answer: (request: IncomingMessage, response: ServerResponse) => void,
): Server {
  if (tls === undefined) return createHttpServer(answer);
  try {
    return createHttpsServer(tls, answer);
  } catch (cause) {
    throw new OciError('files', 'the certificate and its key are no pair in PEM', { cause });
  }
}

async function serve(
  request: IncomingMessage,
  response: ServerResponse,
  path: string,
  module: ServedModule | undefined,
): Promise<void> {
  request.resume();
  const end = (status: number, headers: OutgoingHttpHeaders = {}): void =>
    void response.writeHead(status, { 'content-length': 0, ...headers }).end();
  if (request.method !== 'GET' && request.method !== 'HEAD') return end(405, { allow: 'GET, HEAD' });
  if (path === '/healthz') return end(200);
  if (module === undefined) return end(404);
  const { digest, size, file } = module;
  const tag = `"${digest}"`;
  const facts: OutgoingHttpHeaders = {
    etag: tag,
    'cache-control': 'public, max-age=31536000, immutable',
    'accept-ranges': 'bytes',
    'repr-digest': `sha-256=:${Buffer.from(digest, 'hex').toString('base64')}:`,
  };
  if (isKnown(request.headers['if-none-match'], tag)) return void response.writeHead(304, facts).end();
  // A part of something else is no part of this: RFC 9110, 13.1.5.
  const same = (request.headers['if-range'] ?? tag) === tag;
  const range = same ? byteRange(request.headers.range, size) : ({ kind: 'all' } as const);
  if (range.kind === 'unsatisfiable') return end(416, { 'content-range': `bytes */${size}` });
  const { start, end: last } = range.kind === 'part' ? range : { start: 0, end: size - 1 };
  response.writeHead(range.kind === 'part' ? 206 : 200, {
    ...facts,
    'content-type': 'application/wasm',
    'content-length': last - start + 1,
    ...(range.kind === 'part' && { 'content-range': `bytes ${start}-${last}/${size}` }),
  });
  if (request.method === 'HEAD') return void response.end();
  await pipeline(createReadStream(file, { start, end: last }), response);
}

/** RFC 9110, 13.1.2: a list of tags that are compared weakly, or `*`. */
function isKnown(header: string | undefined, tag: string): boolean {
  const tags = header?.split(',').map((each) => each.trim().replace(/^W\//, '')) ?? [];
  return tags.includes(tag) || tags.includes('*');
}
