/** What has just come over a gRPC callout: to be read in its callback only. */
import { BufferType, readBuffer } from '../abi/buffers';
import { proxy_get_status } from '../abi/env';
import { outLength, outPointer, outThird, takeBytes } from '../abi/memory';
import { readUtf8 } from '../abi/utf8';
import { Status } from '../status';

/** The message that has just come. */
export function takeGrpcMessage(): ArrayBuffer {
  const bytes = readBuffer(BufferType.GrpcMessage, 0, u32.MAX_VALUE);
  return bytes === null ? new ArrayBuffer(0) : bytes;
}

/** What the server said when it closed. */
export function grpcCloseMessage(): string {
  if (proxy_get_status(outThird(), outPointer(), outLength()) != Status.Ok) return '';
  const bytes = takeBytes();
  return readUtf8(changetype<usize>(bytes), bytes.byteLength);
}
