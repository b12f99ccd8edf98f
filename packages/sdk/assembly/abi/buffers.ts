import { proxy_get_buffer_bytes } from './env';
import { outLength, outPointer, takeBytes } from './memory';
import { readUtf8 } from './utf8';
import { succeeded } from '../status';

/** The ABI's numbers of what can be read as bytes. */
export enum BufferType {
  RequestBody = 0,
  ResponseBody = 1,
  DownstreamData = 2,
  UpstreamData = 3,
  HttpCallResponseBody = 4,
  GrpcMessage = 5,
  VmConfiguration = 6,
  PluginConfiguration = 7,
  ForeignArguments = 8,
}

/** Up to `max` bytes of a buffer from `start`; null when it cannot be read now (see `lastStatus()`). */
export function readBuffer(type: BufferType, start: u32, max: u32): ArrayBuffer | null {
  return succeeded(proxy_get_buffer_bytes(type, start, max, outPointer(), outLength())) ? takeBytes() : null;
}

/** As `readBuffer`, decoded as UTF-8. */
export function readBufferText(type: BufferType, start: u32, max: u32): string | null {
  const bytes = readBuffer(type, start, max);
  return bytes === null ? null : readUtf8(changetype<usize>(bytes), bytes.byteLength);
}
