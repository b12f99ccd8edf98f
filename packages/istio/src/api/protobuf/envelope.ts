import { bytes, type Message, readMessage, text } from './message.ts';

/** What to ask for: an API server's own encoding, or JSON where something between us and it knows no other. */
export const acceptBinary = 'application/vnd.kubernetes.protobuf,application/json';

/** The first bytes of everything that an API server encodes so (k8s.io/apimachinery, runtime/serializer/protobuf). */
const magic = Buffer.from('k8s\0');

/** k8s.io/apimachinery/pkg/runtime `Unknown`, as far as it is read. */
const envelope: Message = { 2: bytes('raw') };

/** A meta/v1 Status, which a refusal is: what is said of it. */
export const statusMessage: Message = { 3: text('message'), 4: text('reason') };

/** True for a body in the API server's binary encoding. */
export function isBinary(body: Buffer): boolean {
  return body.subarray(0, magic.byteLength).equals(magic);
}

/** The object in a binary body. Throws when the body is malformed. */
export function readBinary(body: Buffer, message: Message): Record<string, unknown> {
  const { raw } = readMessage(body.subarray(magic.byteLength), envelope) as { readonly raw?: Uint8Array };
  return readMessage(raw ?? new Uint8Array(), message);
}
