/**
 * One stream of the proxy: what an HttpFilter and a TcpFilter have in common. Write filters with those two.
 */
export class StreamFilter {
  // The two fields that the table of contexts reads (abi/contexts.ts): first, and the same in Plugin.
  /** The host's number of this stream. */
  id: i32 = 0;
  /** For the SDK: address of the next stream in the same slot of its table. */
  __next: usize = 0;

  /** The stream is over; all headers can be read, for access logs and counts. */
  onLog(): void {}
  /** The stream is gone. After this the filter is dropped. */
  onDone(): void {}
}
