import { proxy_get_shared_data, proxy_set_shared_data } from './abi/env';
import { outLength, outPointer, outThird, takeBytes } from './abi/memory';
import { encodeUtf8, readUtf8 } from './abi/utf8';
import { Status, succeeded } from './status';

/** Matches no value that is there: with it only a key that is absent is written. */
const ABSENT: u32 = u32.MAX_VALUE;
/** How often a write that others come in between of is tried. */
const TRIES = 100;

/** The version of the value that `fetch` read last. */
let version: u32 = ABSENT;

function fetch(key: ArrayBuffer): ArrayBuffer | null {
  const status = proxy_get_shared_data(
    changetype<usize>(key),
    key.byteLength,
    outPointer(),
    outLength(),
    outThird(),
  );
  version = ABSENT;
  if (!succeeded(status)) return null;
  version = load<u32>(outThird());
  return takeBytes();
}

function put(key: ArrayBuffer, value: ArrayBuffer, cas: u32): Status {
  return proxy_set_shared_data(
    changetype<usize>(key),
    key.byteLength,
    changetype<usize>(value),
    value.byteLength,
    cas,
  );
}

/**
 * Values by key that all threads of the proxy share, among the plugins of one vm_id. There is no deleting: write an empty value.
 *
 *     const count = sharedData.add('requests/' + client, 1);
 *     if (count > limit) ...
 */
export namespace sharedData {
  /** The bytes of a key, or null when it was never set. */
  export function getBytes(key: string): ArrayBuffer | null {
    return fetch(encodeUtf8(key));
  }

  /** The text of a key, or null when it was never set. */
  export function get(key: string): string | null {
    const bytes = fetch(encodeUtf8(key));
    return bytes === null ? null : readUtf8(changetype<usize>(bytes), bytes.byteLength);
  }

  /** Sets a key, whatever it had. */
  export function setBytes(key: string, value: ArrayBuffer): Status {
    return put(encodeUtf8(key), value, 0);
  }

  /** Sets a key to a text, whatever it had. */
  export function set(key: string, value: string): Status {
    return put(encodeUtf8(key), encodeUtf8(value), 0);
  }

  /**
   * Replaces a value by what `change` makes of it, again from the start when another thread wrote in between: no write is lost.
   * `change` gets the old value (null when there is none) and `subject`, since a function here cannot capture anything; when it
   * returns null nothing is written.
   *
   *     sharedData.update<Bucket>(key, bucket, (old, bucket) => bucket.take(old));
   */
  export function update<T>(
    key: string,
    subject: T,
    change: (old: ArrayBuffer | null, subject: T) => ArrayBuffer | null,
  ): Status {
    const name = encodeUtf8(key);
    for (let i = 0; i < TRIES; i++) {
      const value = change(fetch(name), subject);
      if (value === null) return Status.Ok;
      const status = put(name, value, version);
      if (status != Status.CasMismatch) return status;
    }
    return Status.CasMismatch;
  }

  /** Adds to a number that all threads share (absent counts as 0) and returns the sum; -1 when the host refuses. */
  export function add(key: string, amount: i64): i64 {
    const name = encodeUtf8(key);
    const next = new ArrayBuffer(8);
    for (let i = 0; i < TRIES; i++) {
      const old = fetch(name);
      let sum = amount;
      if (old !== null && old.byteLength == 8) sum += load<i64>(changetype<usize>(old));
      store<i64>(changetype<usize>(next), sum);
      const status = put(name, next, version);
      if (status == Status.Ok) return sum;
      succeeded(status);
      if (status != Status.CasMismatch) return -1;
    }
    return -1;
  }
}
