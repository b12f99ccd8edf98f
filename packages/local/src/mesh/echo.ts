import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { ServiceName } from '../fragments.ts';
import { toPairs } from './headers.ts';
import { listen } from './listen.ts';

/** Bytes of a body that the echo gives back; of a longer one it gives the beginning. */
const maxEchoedBytes = 1024 * 1024;

/** What the built-in service answers: the request as it arrived, behind all filters. */
export interface Echo {
  readonly service: string;
  readonly namespace: string;
  readonly method: string;
  readonly path: string;
  /** Names in lower case; a repeated field has its values joined by `, `. */
  readonly headers: Readonly<Record<string, string>>;
  /** The body as text; `base64:…` if it is no UTF-8. */
  readonly body: string;
  readonly bodyBytes: number;
}

/** Starts the built-in service on a free port of loopback. */
export async function startEcho(service: ServiceName): Promise<{ server: Server; port: number }> {
  const server = createServer({ keepAliveTimeout: 30_000 }, (request, response) => {
    const pieces: Buffer[] = [];
    let kept = 0;
    let bytes = 0;
    request.on('data', (chunk: Buffer) => {
      bytes += chunk.length;
      if (kept >= maxEchoedBytes) return;
      const piece = chunk.subarray(0, maxEchoedBytes - kept);
      kept += piece.length;
      pieces.push(piece);
    });
    request.on('error', () => response.destroy());
    request.on('end', () => {
      const answer = Buffer.from(`${JSON.stringify(echo(service, request, Buffer.concat(pieces), bytes))}\n`);
      response.writeHead(200, { 'content-type': 'application/json', 'content-length': answer.length });
      response.end(answer);
    });
  });
  const port = await listen(server, 0);
  return { server, port };
}

function echo(service: ServiceName, request: IncomingMessage, body: Buffer, bodyBytes: number): Echo {
  const fields = toPairs(request.rawHeaders);
  // The connection between proxy and echo is not what the client said.
  const names = [...new Set(fields.map(([name]) => name))].filter(
    (name) => !['connection', 'keep-alive', 'transfer-encoding'].includes(name),
  );
  return {
    service: service.name,
    namespace: service.namespace,
    method: request.method ?? '',
    path: request.url ?? '',
    headers: Object.fromEntries(
      names.map((name) => [
        name,
        fields
          .filter(([key]) => key === name)
          .map(([, value]) => value)
          .join(', '),
      ]),
    ),
    body: asText(body),
    bodyBytes,
  };
}

function asText(body: Buffer): string {
  const text = body.toString('utf8');
  return Buffer.from(text, 'utf8').equals(body) ? text : `base64:${body.toString('base64')}`;
}
