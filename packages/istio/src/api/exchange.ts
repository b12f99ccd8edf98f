import http from 'node:http';
import https from 'node:https';

/** What a server answered, read to its end. */
export interface Answer {
  readonly status: number;
  readonly body: Buffer;
  /** From `Retry-After` in seconds; undefined when it says nothing, or a date. */
  readonly retryAfterMs: number | undefined;
}

/** One HTTP exchange. Rejects with the connection's error, the signal's, or when the answer is over `maxBytes`. */
export function exchange(
  url: URL,
  options: https.RequestOptions,
  body: Buffer | undefined,
  maxBytes: number,
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const send = url.protocol === 'http:' ? http.request : https.request;
    const request = send(url, options, (response) => {
      const chunks: Buffer[] = [];
      let size = 0;
      response.on('data', (chunk: Buffer) => {
        size += chunk.byteLength;
        if (size > maxBytes) request.destroy(new Error(`its answer is larger than ${maxBytes} bytes`));
        else chunks.push(chunk);
      });
      response.on('error', reject);
      response.on('end', () => {
        const seconds = Number(response.headers['retry-after']);
        resolve({
          status: response.statusCode ?? 0,
          body: Buffer.concat(chunks),
          retryAfterMs: Number.isFinite(seconds) && seconds >= 0 ? seconds * 1000 : undefined,
        });
      });
    });
    request.on('error', reject);
    request.end(body);
  });
}
