import { BodyBuffer } from '../body/body-buffer.ts';
import type { Plugin } from '../plugin/plugin.ts';
import { connectionProperties, type ConnectionFacts } from '../properties/connection-properties.ts';
import { FilterState } from '../properties/filter-state.ts';
import {
  connectionProperty,
  storedProperty,
  surroundingProperty,
  type PropertyResult,
  type PropertySource,
} from '../properties/property-source.ts';
import type { ConnectionOptions, ConnectionSink } from './connection-sink.ts';
import { FilterConnection, Peer } from './filter-connection.ts';

/**
 * One client connection on its way through a chain of filters, in front of an upstream that takes every byte it is given
 * (envoy source/common/network/filter_manager_impl.cc). Give it what comes in, it gives what comes out to its
 * {@link ConnectionSink}. The client's bytes pass the filters first to last, the upstream's last to first.
 */
export class TcpConnection implements PropertySource, ConnectionFacts {
  readonly filterState = new FilterState();
  readonly #sink: ConnectionSink;
  readonly #options: ConnectionOptions;
  readonly #plugins: readonly Plugin[];
  readonly #filters: readonly FilterConnection[];
  /** The client's bytes that a filter holds: one buffer for all, which each filter sees as a whole. */
  readonly #read = new BodyBuffer();
  #readEnded = false;
  #readEndSent = false;
  /** The upstream's bytes that a filter holds. */
  readonly #write = new BodyBuffer();
  #closed = false;
  readonly startedAt: bigint;
  /** Bytes from the client, and to it. */
  received = 0;
  sent = 0;

  constructor(plugins: readonly Plugin[], sink: ConnectionSink, options: ConnectionOptions = {}) {
    this.#sink = sink;
    this.#options = options;
    this.#plugins = plugins;
    this.startedAt = plugins[0]?.ports.clock.realtime() ?? 0n;
    this.#filters = plugins
      .map((plugin) => plugin.open())
      .filter((root) => root !== undefined)
      .map((root) => new FilterConnection(root, this));
  }

  /** The client has connected. */
  onNewConnection(): void {
    this.#readFrom(0);
  }

  /** True once it is closed, by whomever. */
  get closed(): boolean {
    return this.#closed;
  }

  /** Bytes of the client; `end`: it sends no more. */
  onDownstreamData(chunk: Uint8Array, end: boolean): void {
    if (this.#closed) return;
    this.#read.add(chunk);
    this.received += chunk.length;
    if (end) this.#readEnded = true;
    if (this.#read.length > (this.#options.bufferLimit ?? 1024 * 1024)) return this.close('buffer_limit');
    this.#readFrom(0);
  }

  /** Bytes of the upstream; `end`: it sends no more. */
  onUpstreamData(chunk: Uint8Array, end: boolean): void {
    if (this.#closed) return;
    this.#write.add(chunk);
    for (const filter of this.#filters.toReversed()) {
      // What is held stays with the upstream's connection, and comes again with its next bytes.
      if (!filter.onUpstreamData(this.#write, end) || this.#closed) return;
    }
    this.sent += this.#write.length;
    this.#sink.onDownstream(this.#write.take(), end);
  }

  /** The client has closed the connection. */
  onDownstreamClose(): void {
    this.#end(Peer.Remote);
  }

  /** Closes the client's connection. For filters; also for whoever shuts down. */
  close(details: string): void {
    if (this.#closed) return;
    this.#sink.onClose(details);
    this.#end(Peer.Local);
  }

  /** Lets the client's bytes go on behind a filter that held them. */
  continueAfter(filter: FilterConnection): void {
    if (!this.#closed) this.#readFrom(this.#filters.indexOf(filter) + 1);
  }

  /** envoy filter_manager_impl.cc FilterManagerImpl::onContinueReading: also a filter that stopped sees later bytes. */
  #readFrom(start: number): void {
    for (const filter of this.#filters.slice(start)) {
      if (!filter.begun && (!filter.onNewConnection() || this.#closed)) return;
      if (this.#read.length === 0 && (!this.#readEnded || this.#readEndSent)) continue;
      if (!filter.onDownstreamData(this.#read, this.#readEnded) || this.#closed) return;
    }
    if (this.#read.length === 0 && (!this.#readEnded || this.#readEndSent)) return;
    this.#readEndSent = this.#readEnded;
    this.#sink.onUpstream(this.#read.take(), this.#readEnded);
  }

  #end(peer: Peer): void {
    if (this.#closed) return;
    this.#closed = true;
    for (const filter of this.#filters) filter.onDownstreamClose(peer);
    for (const filter of this.#filters) filter.release();
    for (const plugin of this.#plugins) plugin.closeStream();
  }

  property(parts: readonly string[]): PropertyResult {
    return (
      surroundingProperty(this.#options.attributes, parts) ??
      connectionProperty(this.#options.connectionId ?? 0n, parts) ??
      connectionProperties(this, parts) ??
      storedProperty(this.filterState, parts)
    );
  }
}
