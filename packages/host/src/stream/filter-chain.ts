import type { Plugin } from '../plugin/plugin.ts';
import type { ConnectionOptions, ConnectionSink } from '../tcp/connection-sink.ts';
import { TcpConnection } from '../tcp/tcp-connection.ts';
import { HttpStream } from './http-stream.ts';
import type { StreamOptions, StreamSink } from './stream-sink.ts';

/**
 * An ordered list of filters: a request meets them first to last, its response last to first. A local reply of one passes
 * the response callbacks of that filter and of those before it; those behind it have not seen the stream.
 */
export class FilterChain {
  readonly plugins: readonly Plugin[];

  constructor(plugins: readonly Plugin[]) {
    this.plugins = plugins;
  }

  /** Begins an exchange. The stream keeps its plugins alive until its `done()`. */
  newStream(sink: StreamSink, options?: StreamOptions): HttpStream {
    return new HttpStream(this.plugins, sink, options);
  }

  /** Begins a TCP connection; tell it of the client by `onNewConnection()`. It keeps its plugins alive until it is closed. */
  newConnection(sink: ConnectionSink, options?: ConnectionOptions): TcpConnection {
    return new TcpConnection(this.plugins, sink, options);
  }

  /** Closes all plugins; each waits for its streams. */
  close(): void {
    for (const plugin of this.plugins) plugin.close();
  }
}
