import type { FilterChain } from '../stream/filter-chain.ts';
import type { ConnectionOptions } from '../tcp/connection-sink.ts';
import type { TcpConnection } from '../tcp/tcp-connection.ts';

/**
 * A TCP connection through a filter: the test is the client and the upstream.
 *
 *     const connection = filter.connect();
 *     connection.clientSends('HELO');
 *     expect(connection.upstream).toBe('HELO');
 *     connection.clientCloses();
 */
export class TestConnection {
  readonly #connection: TcpConnection;
  readonly #upstream: Uint8Array[] = [];
  readonly #client: Uint8Array[] = [];
  #upstreamEnded = false;
  #clientEnded = false;
  #closedBy: string | undefined;

  constructor(chain: FilterChain, options?: ConnectionOptions) {
    this.#connection = chain.newConnection(
      {
        onUpstream: (chunk, end) => {
          this.#upstream.push(chunk);
          this.#upstreamEnded = end;
        },
        onDownstream: (chunk, end) => {
          this.#client.push(chunk);
          this.#clientEnded = end;
        },
        onClose: (details) => (this.#closedBy = details),
      },
      options,
    );
    this.#connection.onNewConnection();
  }

  /** What has reached the upstream so far, as text. */
  get upstream(): string {
    return Buffer.concat(this.#upstream).toString('utf8');
  }

  /** What has reached the client so far, as text. */
  get client(): string {
    return Buffer.concat(this.#client).toString('utf8');
  }

  /** The same, as the chunks in which it came. */
  get chunks(): { readonly upstream: readonly Uint8Array[]; readonly client: readonly Uint8Array[] } {
    return { upstream: this.#upstream, client: this.#client };
  }

  /** Who has been told that the other side sends no more. */
  get ended(): { readonly upstream: boolean; readonly client: boolean } {
    return { upstream: this.#upstreamEnded, client: this.#clientEnded };
  }

  /** Why a filter has closed the connection, e.g. `wasm_downstream_close`; `undefined`: none has. */
  get closedBy(): string | undefined {
    return this.#closedBy;
  }

  clientSends(data: string | Uint8Array, end = false): void {
    this.#connection.onDownstreamData(typeof data === 'string' ? Buffer.from(data) : data, end);
  }

  upstreamSends(data: string | Uint8Array, end = false): void {
    this.#connection.onUpstreamData(typeof data === 'string' ? Buffer.from(data) : data, end);
  }

  clientCloses(): void {
    this.#connection.onDownstreamClose();
  }
}
