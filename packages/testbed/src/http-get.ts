import { request } from 'node:http';
import type { IncomingHttpHeaders } from 'node:http';

/** The whole answer to an HTTP request. */
export interface HttpAnswer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

const bodyLimit = 16 * 1024 * 1024;

/**
 * A plain HTTP/1.1 request on a connection of its own, for looking at proxies and pods.
 *
 * @throws the connection's error; an Error for a body over 16 MiB or no answer in `timeoutMs` (default 10 000).
 */
export async function httpGet(
  host: string,
  port: number,
  path = '/',
  options: {
    readonly method?: string;
    readonly headers?: Readonly<Record<string, string>>;
    readonly body?: string | Uint8Array;
    readonly timeoutMs?: number;
    readonly signal?: AbortSignal | undefined;
  } = {},
): Promise<HttpAnswer> {
  const limit = AbortSignal.timeout(options.timeoutMs ?? 10_000);
  const signal = options.signal ? AbortSignal.any([options.signal, limit]) : limit;
  // Node sends the body of a GET or DELETE without saying that there is one, unless its length is given.
  const length = options.body === undefined ? {} : { 'content-length': Buffer.byteLength(options.body) };
  const headers = { ...length, ...options.headers };
  return new Promise((resolve, reject) => {
    const asked = request(
      { host, port, path, method: options.method ?? 'GET', headers, agent: false, signal },
      (answer) => {
        const chunks: Buffer[] = [];
        let size = 0;
        answer.on('data', (chunk: Buffer) => {
          size += chunk.length;
          if (size > bodyLimit) answer.destroy(new Error(`the answer is larger than ${bodyLimit} bytes`));
          else chunks.push(chunk);
        });
        answer.on('error', reject);
        answer.on('end', () =>
          resolve({
            status: answer.statusCode ?? 0,
            headers: answer.headers,
            body: Buffer.concat(chunks).toString(),
          }),
        );
      },
    );
    asked.on('error', reject);
    asked.end(options.body);
  });
}
