import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { TestResponse } from '../../src/testing/index.ts';
import { bodyOf, framing, linesOf, seenOf, type Seen } from './client.ts';

/** The path that callouts of filters ask for. */
export const calloutPath = '/ask';

/** The server behind Envoy: answers what it is told to, and keeps what it received last. */
export class Upstream implements AsyncDisposable {
  response: TestResponse = {};
  seen: Seen | undefined;
  readonly #server = createServer((incoming, outgoing) => {
    void bodyOf(incoming)
      .catch(() => '(broken off)')
      .then((body) => {
        if (incoming.url !== calloutPath) {
          const start = `${incoming.method} ${incoming.headers.host} ${incoming.url}`;
          const seen = seenOf(start, incoming, body);
          this.seen = { ...seen, headers: seen.headers.filter((line) => !line.startsWith('host:')) };
        }
        const { status = 200, headers, body: answer, trailers } = this.response;
        const text = typeof answer === 'string' ? answer : '';
        outgoing.sendDate = false;
        outgoing.writeHead(status, [...linesOf(headers), ...framing(text, trailers !== undefined)]);
        outgoing.addTrailers(Object.entries(trailers ?? {}) as [string, string][]);
        outgoing.end(text);
      });
  });

  static async start(): Promise<Upstream> {
    const upstream = new Upstream();
    // Otherwise Node adds a header about it, which Envoys before 1.38 pass on.
    upstream.#server.keepAliveTimeout = 0;
    await new Promise<void>((resolve) => void upstream.#server.listen(0, '127.0.0.1', resolve));
    return upstream;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}
