import { readUtf8 } from '../abi/utf8';

/**
 * Decodes UTF-8 that comes in pieces: a character that is cut in two comes whole with the piece that ends it.
 *
 *     private text: TextStream = new TextStream();
 *
 *     onResponseBody(size: i32, endOfStream: bool): BodyAction {
 *       const bytes = this.response.body.bytes();
 *       if (bytes !== null) this.response.body.setText(this.text.next(bytes, endOfStream).toUpperCase());
 *       return BodyAction.Continue;
 *     }
 */
export class TextStream {
  private rest: ArrayBuffer = new ArrayBuffer(0);

  /** The text of the next piece. */
  next(piece: ArrayBuffer, last: bool): string {
    const held = this.rest.byteLength;
    const all = new ArrayBuffer(held + piece.byteLength);
    const from = changetype<usize>(all);
    memory.copy(from, changetype<usize>(this.rest), held);
    memory.copy(from + held, changetype<usize>(piece), piece.byteLength);
    const whole = last ? all.byteLength : all.byteLength - unfinished(from, all.byteLength);
    this.rest = all.slice(whole);
    return readUtf8(from, whole);
  }
}

/** How many bytes at the end are the beginning of a character. */
function unfinished(from: usize, length: i32): i32 {
  for (let back = 1; back <= min(3, length); back++) {
    const byte = load<u8>(from + length - back);
    if ((byte & 0xc0) == 0x80) continue;
    const size = byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : byte >= 0xc0 ? 2 : 1;
    return size > back ? back : 0;
  }
  return 0;
}
