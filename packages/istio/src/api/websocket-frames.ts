/** A message that arrived: its kind and its payload. */
export interface Message {
  readonly kind: 'text' | 'binary' | 'ping' | 'pong' | 'close';
  readonly payload: Buffer;
}

const opcodes = { text: 1, binary: 2, close: 8, ping: 9, pong: 10 } as const;
const kindOf = new Map<number, Message['kind']>([
  [1, 'text'],
  [2, 'binary'],
  [8, 'close'],
  [9, 'ping'],
  [10, 'pong'],
]);

/** One whole frame from a client: final and masked (RFC 6455, 5.2 and 5.3). */
export function encodeFrame(kind: Message['kind'], payload: Uint8Array, mask: Uint8Array): Buffer {
  const size = payload.byteLength;
  const extended = size < 126 ? 0 : size < 65_536 ? 2 : 8;
  const frame = Buffer.alloc(2 + extended + 4 + size);
  frame[0] = 0x80 | opcodes[kind];
  frame[1] = 0x80 | (extended === 0 ? size : extended === 2 ? 126 : 127);
  if (extended === 2) frame.writeUInt16BE(size, 2);
  if (extended === 8) frame.writeBigUInt64BE(BigInt(size), 2);
  const start = 2 + extended;
  frame.set(mask.subarray(0, 4), start);
  for (let i = 0; i < size; i++) frame[start + 4 + i] = (payload[i] ?? 0) ^ (mask[i % 4] ?? 0);
  return frame;
}

/**
 * Takes the bytes that a server sends, in pieces of any size, and gives the messages in them. Throws on what a server may
 * not send: masked frames, unknown opcodes, messages over `maxBytes`.
 */
export class FrameReader {
  readonly #maxBytes: number;
  #pending: Buffer = Buffer.alloc(0);
  #fragments: Buffer[] = [];
  #kind: Message['kind'] | undefined;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  push(bytes: Buffer): readonly Message[] {
    this.#pending = this.#pending.byteLength === 0 ? bytes : Buffer.concat([this.#pending, bytes]);
    const messages: Message[] = [];
    for (let frame = this.#frame(); frame !== undefined; frame = this.#frame()) {
      const message = this.#assemble(frame);
      if (message !== undefined) messages.push(message);
    }
    return messages;
  }

  #frame(): { readonly final: boolean; readonly opcode: number; readonly payload: Buffer } | undefined {
    const buffer = this.#pending;
    if (buffer.byteLength < 2) return undefined;
    const first = buffer[0] ?? 0;
    const second = buffer[1] ?? 0;
    if ((second & 0x80) !== 0) throw new Error('the server sent a masked WebSocket frame');
    if ((first & 0x70) !== 0) throw new Error('the server uses a WebSocket extension that was not agreed');
    const short = second & 0x7f;
    const header = short === 126 ? 4 : short === 127 ? 10 : 2;
    if (buffer.byteLength < header) return undefined;
    const size =
      short === 126 ? buffer.readUInt16BE(2) : short === 127 ? Number(buffer.readBigUInt64BE(2)) : short;
    if (size > this.#maxBytes) throw new Error(`the server sent a WebSocket frame of ${size} bytes`);
    if (buffer.byteLength < header + size) return undefined;
    this.#pending = buffer.subarray(header + size);
    return {
      final: (first & 0x80) !== 0,
      opcode: first & 0x0f,
      payload: buffer.subarray(header, header + size),
    };
  }

  #assemble(frame: {
    readonly final: boolean;
    readonly opcode: number;
    readonly payload: Buffer;
  }): Message | undefined {
    const { final, opcode, payload } = frame;
    if (opcode >= 8) {
      const kind = kindOf.get(opcode);
      if (kind === undefined || !final)
        throw new Error('the server sent a malformed WebSocket control frame');
      return { kind, payload };
    }
    if (opcode !== 0) {
      if (this.#kind !== undefined) throw new Error('the server interleaves WebSocket messages');
      this.#kind = kindOf.get(opcode);
    }
    if (this.#kind === undefined) throw new Error('the server sent a malformed WebSocket frame');
    this.#fragments.push(payload);
    if (this.#fragments.reduce((sum, part) => sum + part.byteLength, 0) > this.#maxBytes)
      throw new Error(`the server sent a WebSocket message of more than ${this.#maxBytes} bytes`);
    if (!final) return undefined;
    const whole = this.#fragments.length === 1 ? payload : Buffer.concat(this.#fragments);
    const message = { kind: this.#kind, payload: whole };
    this.#fragments = [];
    this.#kind = undefined;
    return message;
  }
}
