/**
 * The streams that are alive, by the host's numbers. Its own table because a Map would cost an allocation per resize and a
 * kilobyte of code; the host counts its numbers up, so that `id & mask` spreads them evenly.
 */
import { HttpFilter } from '../http-filter';

let slots: StaticArray<HttpFilter | null> = new StaticArray<HttpFilter | null>(16);
let count: i32 = 0;

/** The stream of this number, or null: a host may name one that was never created or is gone. */
export function findStream(id: i32): HttpFilter | null {
  let stream = unchecked(slots[id & (slots.length - 1)]);
  while (stream !== null && stream.id != id) stream = stream.__next;
  return stream;
}

export function addStream(id: i32, stream: HttpFilter): void {
  if (count >= slots.length * 2) grow();
  stream.id = id;
  link(slots, stream);
  count++;
}

/** Takes a stream out and returns it. */
export function removeStream(id: i32): HttpFilter | null {
  const slot = id & (slots.length - 1);
  let previous: HttpFilter | null = null;
  let stream = unchecked(slots[slot]);
  while (stream !== null && stream.id != id) {
    previous = stream;
    stream = stream.__next;
  }
  if (stream === null) return null;
  if (previous === null) unchecked((slots[slot] = stream.__next));
  else previous.__next = stream.__next;
  stream.__next = null;
  count--;
  return stream;
}

function link(table: StaticArray<HttpFilter | null>, stream: HttpFilter): void {
  const slot = stream.id & (table.length - 1);
  stream.__next = unchecked(table[slot]);
  unchecked((table[slot] = stream));
}

function grow(): void {
  const larger = new StaticArray<HttpFilter | null>(slots.length * 4);
  for (let i = 0; i < slots.length; i++) {
    let stream = unchecked(slots[i]);
    while (stream !== null) {
      const next = stream.__next;
      link(larger, stream);
      stream = next;
    }
  }
  slots = larger;
}
