import { Duplex } from 'node:stream';
import type { PodName } from './stub-kubelet.ts';

const opcodes = { binary: 2, close: 8, ping: 9, pong: 10 } as const;
const dataChannel = 0;
const errorChannel = 1;

/**
 * One forwarded port as a kubelet serves it in `v4.channel.k8s.io`: messages of a WebSocket, each with the number of its
 * channel in front, of which the first on each channel says the port. What is written goes out, what comes in can be read.
 */
export class ForwardedPort extends Duplex {
  readonly pod: PodName;
  readonly #socket: Duplex;
  #pending: Buffer = Buffer.alloc(0);

  constructor(socket: Duplex, pod: PodName) {
    super();
    this.pod = pod;
    this.#socket = socket;
    for (const channel of [dataChannel, errorChannel])
      this.#frame(opcodes.binary, Buffer.from([channel, 0x98, 0x3a]));
    socket.on('data', (bytes: Buffer) => this.#take(bytes));
    socket.on('close', () => this.push(null));
    socket.on('error', () => this.destroy());
  }

  override _read(): void {
    // Requests are small; there is nothing to hold back.
  }

  override _write(chunk: Buffer, _encoding: string, done: (error?: Error) => void): void {
    this.#frame(opcodes.binary, Buffer.concat([Buffer.from([dataChannel]), chunk]));
    done();
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    this.#socket.destroy();
    done(error);
  }

  // What a server of HTTP expects of a socket.
  setTimeout(): this {
    return this;
  }
  setNoDelay(): this {
    return this;
  }
  setKeepAlive(): this {
    return this;
  }

  #frame(opcode: number, payload: Buffer): void {
    const size = payload.byteLength;
    const header = Buffer.alloc(size < 126 ? 2 : size < 65_536 ? 4 : 10);
    header[0] = 0x80 | opcode;
    header[1] = size < 126 ? size : size < 65_536 ? 126 : 127;
    if (header.byteLength === 4) header.writeUInt16BE(size, 2);
    if (header.byteLength === 10) header.writeBigUInt64BE(BigInt(size), 2);
    if (this.#socket.writable) this.#socket.write(Buffer.concat([header, payload]));
  }

  /** Frames of a client: masked, and small enough to come whole. */
  #take(bytes: Buffer): void {
    this.#pending = Buffer.concat([this.#pending, bytes]);
    for (;;) {
      const buffer = this.#pending;
      if (buffer.byteLength < 2) return;
      const short = (buffer[1] ?? 0) & 0x7f;
      const start = (short === 126 ? 4 : short === 127 ? 10 : 2) + 4;
      if (buffer.byteLength < start) return;
      const size =
        short === 126 ? buffer.readUInt16BE(2) : short === 127 ? Number(buffer.readBigUInt64BE(2)) : short;
      if (buffer.byteLength < start + size) return;
      const mask = buffer.subarray(start - 4, start);
      const payload = Buffer.from(buffer.subarray(start, start + size));
      for (let i = 0; i < size; i++) payload[i] = (payload[i] ?? 0) ^ (mask[i % 4] ?? 0);
      this.#pending = buffer.subarray(start + size);
      this.#message((buffer[0] ?? 0) & 0x0f, payload);
    }
  }

  #message(opcode: number, payload: Buffer): void {
    if (opcode === opcodes.ping) this.#frame(opcodes.pong, payload);
    else if (opcode === opcodes.close) this.#socket.end();
    else if (payload[0] === dataChannel) this.push(payload.subarray(1));
  }
}
