import { BufferType } from './abi/buffers';
import { proxy_close_stream, proxy_continue_stream } from './abi/env';
import { Body, bodyOf } from './body';
import { Status } from './status';
import { StreamFilter } from './stream-filter';

/** What the proxy does after a callback of a TCP connection. */
export enum TcpAction {
  /** Send on what is at hand. */
  Continue = 0,
  /** Keep it; the next call sees it together with what came since. */
  Pause = 1,
}

/** Who closed a connection. */
export enum Peer {
  Unknown = 0,
  /** The proxy itself. */
  Local = 1,
  Remote = 2,
}

/**
 * One TCP connection through the proxy, for modules that stand in a listener's network filters.
 *
 *     class Counting extends TcpFilter {
 *       onDownstreamData(size: i32, endOfStream: bool): TcpAction {
 *         received.add(size);
 *         return TcpAction.Continue;
 *       }
 *     }
 */
export class TcpFilter extends StreamFilter {
  /** What the client sent, in `onDownstreamData`. */
  get downstream(): Body {
    return bodyOf(BufferType.DownstreamData);
  }
  /** What the server sent, in `onUpstreamData`. */
  get upstream(): Body {
    return bodyOf(BufferType.UpstreamData);
  }

  /** A client has connected. */
  onNewConnection(): TcpAction {
    return TcpAction.Continue;
  }
  /** `size` bytes of the client are at hand. */
  onDownstreamData(size: i32, endOfStream: bool): TcpAction {
    return TcpAction.Continue;
  }
  /** `size` bytes of the server are at hand. */
  onUpstreamData(size: i32, endOfStream: bool): TcpAction {
    return TcpAction.Continue;
  }
  /** The client's side is closed. */
  onDownstreamClose(by: Peer): void {}
  /** The server's side is closed. Envoy never says by whom. */
  onUpstreamClose(by: Peer): void {}

  /** Goes on with the client's bytes that were held. The other direction cannot be resumed in Envoy: return Continue there. */
  resumeDownstream(): Status {
    return proxy_continue_stream(2);
  }
  /** Closes the connection to the client. */
  closeDownstream(): Status {
    return proxy_close_stream(2);
  }
  /** Closes the connection to the server. */
  closeUpstream(): Status {
    return proxy_close_stream(3);
  }
}
