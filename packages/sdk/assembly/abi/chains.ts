/**
 * Objects by the host's numbers, as chains linked by raw addresses: what is in a chain is pinned, so that the collector needs no table
 * to find it, and neither a look-up nor a new entry allocates anything.
 */
import { StreamFilter } from '../stream-filter';

// Whatever is put into a chain has these two fields first: `id` and `__next`.
const ID = offsetof<StreamFilter>('id');
const NEXT = offsetof<StreamFilter>('__next');

/** Address of the object of this number in the chain at `slot`, or 0: a host may name one that never was or is gone. */
export function findIn(slot: usize, id: i32): usize {
  let at = load<usize>(slot);
  while (at != 0 && load<i32>(at, ID) != id) at = load<usize>(at, NEXT);
  return at;
}

/** Puts an object into the chain at `slot`. */
export function addTo(slot: usize, id: i32, object: usize): void {
  __pin(object);
  store<i32>(object, id, ID);
  store<usize>(object, load<usize>(slot), NEXT);
  store<usize>(slot, object);
}

/** True when it was there. */
export function removeFrom(slot: usize, id: i32): bool {
  let link = slot;
  let at = load<usize>(link);
  while (at != 0 && load<i32>(at, ID) != id) {
    link = at + NEXT;
    at = load<usize>(link);
  }
  if (at == 0) return false;
  store<usize>(link, load<usize>(at, NEXT));
  __unpin(at);
  return true;
}

/** The object after this one in its chain, or 0. */
export function nextIn(object: usize): usize {
  return load<usize>(object, NEXT);
}
