import { BufferType, readBuffer, readBufferText } from './abi/buffers';
import { proxy_get_buffer_status, proxy_set_buffer_bytes } from './abi/env';
import { outLength, outPointer } from './abi/memory';
import { encodeUtf8, reserve, utf8Bound, writeUtf8 } from './abi/utf8';
import { explainBody } from './phases';
import { Status, succeeded } from './status';
import { replaceBytes } from './text/replace';

/**
 * The bytes of a body that are at hand in the body callback: those that just came, or all so far when earlier calls returned
 * `BodyAction.Buffer`. Who changes the length must drop `content-length` in the headers callback.
 *
 * The address of a body is its number in the ABI, plus one: there is no object, hence nothing to allocate.
 *
 *     const text = this.response.body.text();
 *     if (text !== null) this.response.body.setText(text + '!');
 */
@unmanaged
export class Body {
  private get type(): BufferType {
    return <BufferType>(<i32>changetype<usize>(this) - 1);
  }

  /** How many bytes are at hand. */
  get size(): i32 {
    return succeeded(proxy_get_buffer_status(this.type, outPointer(), outLength()))
      ? load<i32>(outPointer())
      : 0;
  }

  /** Up to `max` bytes from `start`; null outside the body callback (see `lastStatus()`). */
  bytes(start: i32 = 0, max: i32 = i32.MAX_VALUE): ArrayBuffer | null {
    return readBuffer(this.type, start, max);
  }

  /** As `bytes`, decoded as UTF-8. A character cut in two by `start` or `max` becomes U+FFFD. */
  text(start: i32 = 0, max: i32 = i32.MAX_VALUE): string | null {
    return readBufferText(this.type, start, max);
  }

  /** Replaces what is at hand. */
  set(bytes: ArrayBuffer): Status {
    return this.write(0, i32.MAX_VALUE, changetype<usize>(bytes), bytes.byteLength);
  }

  /** Replaces what is at hand by a text in UTF-8. */
  setText(text: string): Status {
    const from = changetype<usize>(text);
    const base = reserve(utf8Bound(from));
    return this.write(0, i32.MAX_VALUE, base, writeUtf8(from, base) - base);
  }

  /**
   * Replaces each `search` in what is at hand, and says whether there was any. Bytes are compared, nothing is decoded. One that is
   * cut in two between pieces is not found: collect the whole body first (see `BodyCollector`).
   *
   *     this.response.body.replaceAll('http://', 'https://');
   */
  replaceAll(search: string, replacement: string): bool {
    const bytes = this.bytes();
    if (bytes === null) return false;
    const from = changetype<usize>(bytes);
    const changed = replaceBytes(from, bytes.byteLength, encodeUtf8(search), encodeUtf8(replacement));
    return changed !== null && succeeded(this.set(changed));
  }

  /** Puts bytes before what is at hand. */
  prepend(bytes: ArrayBuffer): Status {
    return this.write(0, 0, changetype<usize>(bytes), bytes.byteLength);
  }

  /** Puts bytes after what is at hand. */
  append(bytes: ArrayBuffer): Status {
    // Envoy appends when the start is at or after the end, and refuses every other start but 0.
    return this.write(i32.MAX_VALUE, 0, changetype<usize>(bytes), bytes.byteLength);
  }

  private write(start: i32, replace: i32, bytes: usize, length: usize): Status {
    return explainBody(proxy_set_buffer_bytes(this.type, start, replace, bytes, length));
  }
}

/** The body of a number. */
export function bodyOf(type: BufferType): Body {
  return changetype<Body>(<usize>type + 1);
}
