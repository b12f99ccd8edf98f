import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { WasmcastError } from '@wasmcast/core';
import { routes, type Daemon } from './routes.ts';
import type { ErrorBody } from './wire.ts';

/** Makes the HTTP server of the control socket; whoever starts it decides where it listens. */
export function createControlServer(daemon: Daemon): Server {
  const server = createServer((request, response) => void answer(daemon, request, response));
  server.on('clientError', (_error, socket) => socket.destroy());
  return server;
}

async function answer(daemon: Daemon, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const gone = new AbortController();
  response.on('close', () => gone.abort());
  response.on('error', () => gone.abort());
  try {
    const url = new URL(request.url ?? '/', 'http://control');
    const route = routes[`${request.method} ${url.pathname}`];
    if (route === undefined)
      throw new WasmcastError('WC-LOC-010', `the embedded mesh knows no ${request.method} ${url.pathname}`, {
        help: 'it was started by another version of wasmcast: start it again',
      });
    const result = await route({ daemon, request, response, query: url.searchParams, signal: gone.signal });
    if (result !== undefined) send(response, 200, result);
  } catch (error) {
    if (response.headersSent) response.destroy();
    else send(response, 409, errorBody(error));
  }
}

function send(response: ServerResponse, status: number, value: unknown): void {
  const body = Buffer.from(JSON.stringify(value));
  response.writeHead(status, { 'content-type': 'application/json', 'content-length': body.length });
  response.end(body);
}

function errorBody(error: unknown): ErrorBody {
  if (error instanceof WasmcastError) {
    const { code, message, help, exit } = error;
    return { error: { code, message, exit, ...(help === undefined ? {} : { help }) } };
  }
  const message = error instanceof Error ? error.message : String(error);
  return { error: { code: 'WC-LOC-099', message: `a bug in the embedded mesh: ${message}`, exit: 'failed' } };
}
