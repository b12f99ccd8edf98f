/** `length` bytes at `from` with each `search` replaced from left to right; null when there is none. */
export function replaceBytes(
  from: usize,
  length: usize,
  search: ArrayBuffer,
  replacement: ArrayBuffer,
): ArrayBuffer | null {
  const end = from + length;
  let at = find(from, end, search);
  if (at == end) return null;
  // What does not grow needs no count before.
  const growth = replacement.byteLength - search.byteLength;
  const room = <i32>length + (growth > 0 ? growth * count(at, end, search) : 0);
  const result = new ArrayBuffer(room);
  const start = changetype<usize>(result);
  let to = start;
  while (at != end) {
    memory.copy(to, from, at - from);
    to += at - from;
    memory.copy(to, changetype<usize>(replacement), replacement.byteLength);
    to += replacement.byteLength;
    from = at + search.byteLength;
    at = find(from, end, search);
  }
  memory.copy(to, from, end - from);
  const size = <i32>(to + (end - from) - start);
  return size == room ? result : result.slice(0, size);
}

function count(from: usize, end: usize, search: ArrayBuffer): i32 {
  let found = 0;
  for (let at = find(from, end, search); at < end; at = find(at + search.byteLength, end, search)) found++;
  return found;
}

/** Address of the first `search` in what lies between; `end` when there is none, or nothing to search for. */
function find(from: usize, end: usize, search: ArrayBuffer): usize {
  const size = <usize>search.byteLength;
  if (size == 0) return end;
  const first = <u64>load<u8>(changetype<usize>(search));
  const pattern = first * 0x0101_0101_0101_0101;
  while (from + size <= end) {
    // Eight bytes at once that do not have the first one: a byte of `same` is zero where they have.
    while (from + 8 <= end) {
      const same = load<u64>(from) ^ pattern;
      const zeros = (same - 0x0101_0101_0101_0101) & ~same & 0x8080_8080_8080_8080;
      if (zeros != 0) {
        from += <usize>(ctz(zeros) >> 3);
        break;
      }
      from += 8;
    }
    if (from + size > end) return end;
    if (memory.compare(from, changetype<usize>(search), size) == 0) return from;
    from++;
  }
  return end;
}
