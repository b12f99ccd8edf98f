import type { PropertyValue } from '../properties/property-value.ts';

/** Where the bytes of a connection go after the filters. A chunk belongs to the receiver. */
export interface ConnectionSink {
  /** The client's bytes, to the upstream. */
  onUpstream(chunk: Uint8Array, end: boolean): void;
  /** The upstream's bytes, to the client. */
  onDownstream(chunk: Uint8Array, end: boolean): void;
  /** A filter, or a dead one's policy, has closed the client's connection, once what was written is out. */
  onClose(details: string): void;
}

/** What a connection knows of its surroundings. */
export interface ConnectionOptions {
  /** What `connection_id` reads. Default: 0. */
  readonly connectionId?: bigint;
  /** Properties such as `['source', 'address']`; asked before the host's own. */
  readonly attributes?: (path: readonly string[]) => PropertyValue | undefined;
  /** How many of the client's bytes may wait. Beyond it the connection is closed. Default: 1 MiB. */
  readonly bufferLimit?: number;
}
