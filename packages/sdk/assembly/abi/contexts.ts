/**
 * The live plugins and streams by the host's numbers, as chains of objects linked by raw addresses. They are pinned from create to
 * delete, so that the collector needs no table to find them, and neither a look-up nor a new stream allocates anything here. The
 * host counts its numbers up, which spreads them evenly over the slots.
 */
import { HttpFilter } from '../http-filter';
import { Plugin } from '../plugin';

const ID = offsetof<HttpFilter>('id');
const NEXT = offsetof<HttpFilter>('__next');
const SLOTS = 1024;
const streamSlots = memory.data(4096);
const pluginSlot = memory.data(4);

function streamSlot(id: i32): usize {
  return streamSlots + ((<usize>(id & (SLOTS - 1))) << 2);
}

/** Address of the context of this number in the chain at `slot`, or 0: a host may name one that never was or is gone. */
function find(slot: usize, id: i32): usize {
  let at = load<usize>(slot);
  while (at != 0 && load<i32>(at, ID) != id) at = load<usize>(at, NEXT);
  return at;
}

function add(slot: usize, id: i32, context: usize): void {
  __pin(context);
  store<i32>(context, id, ID);
  store<usize>(context, load<usize>(slot), NEXT);
  store<usize>(slot, context);
}

/** True when it was there. */
function remove(slot: usize, id: i32): bool {
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

export function findStream(id: i32): HttpFilter | null {
  return changetype<HttpFilter | null>(find(streamSlot(id), id));
}

export function findPlugin(id: i32): Plugin | null {
  return changetype<Plugin | null>(find(pluginSlot, id));
}

/** The host gives out no number again before it has deleted it. */
export function addStream(id: i32, stream: HttpFilter): void {
  add(streamSlot(id), id, changetype<usize>(stream));
}

export function addPlugin(id: i32, plugin: Plugin): void {
  add(pluginSlot, id, changetype<usize>(plugin));
}

/** Forgets a context of either kind. */
export function removeContext(id: i32): void {
  if (!remove(streamSlot(id), id)) remove(pluginSlot, id);
}
