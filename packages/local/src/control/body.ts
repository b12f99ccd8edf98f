import type { IncomingMessage } from 'node:http';
import { WasmcastError, type JsonValue } from '@wasmcast/core';
import { maxMessageBytes } from './wire.ts';

/** The whole body of a message, at most {@link maxMessageBytes}; throws `WC-LOC-007` beyond. */
export async function readBody(message: IncomingMessage): Promise<Buffer> {
  const pieces: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of message as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > maxMessageBytes)
      throw new WasmcastError('WC-LOC-007', `a message of more than ${maxMessageBytes} bytes`);
    pieces.push(chunk);
  }
  return Buffer.concat(pieces);
}

/** The body as JSON; throws `WC-LOC-007` if it is none. */
export async function readJson(message: IncomingMessage): Promise<JsonValue> {
  const body = await readBody(message);
  try {
    return JSON.parse(body.toString('utf8')) as JsonValue;
  } catch (cause) {
    throw new WasmcastError('WC-LOC-007', 'a message that is not JSON', { cause });
  }
}
