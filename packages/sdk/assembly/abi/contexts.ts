/**
 * The live plugins and streams by the host's numbers. The host counts its numbers up, which spreads them evenly over the slots.
 */
import { Plugin } from '../plugin';
import { StreamFilter } from '../stream-filter';
import { addTo, findIn, removeFrom } from './chains';

const SLOTS = 1024;
const streamSlots = memory.data(4096);
const pluginSlot = memory.data(4);

function streamSlot(id: i32): usize {
  return streamSlots + ((<usize>(id & (SLOTS - 1))) << 2);
}

export function findStream(id: i32): StreamFilter | null {
  return changetype<StreamFilter | null>(findIn(streamSlot(id), id));
}

export function findPlugin(id: i32): Plugin | null {
  return changetype<Plugin | null>(findIn(pluginSlot, id));
}

/** The host gives out no number again before it has deleted it. */
export function addStream(id: i32, stream: StreamFilter): void {
  addTo(streamSlot(id), id, changetype<usize>(stream));
}

export function addPlugin(id: i32, plugin: Plugin): void {
  addTo(pluginSlot, id, changetype<usize>(plugin));
}

/** Forgets a context of either kind. */
export function removeContext(id: i32): void {
  if (!removeFrom(streamSlot(id), id)) removeFrom(pluginSlot, id);
}

// The context that the host has just called, for callouts: what they bring is handled in the same. Unused, it costs nothing.
let current: i32 = 0;

/** To be called by every callback of a context. */
export function enter(id: i32): void {
  current = id;
}

// How many host calls are under way in which the host may call back: a callout can pass through the same VM.
let away: i32 = 0;

/** To be called before such a host call; gives what `comeBack` takes after it. */
export function leave(): i32 {
  away++;
  return current;
}

/** Serves again what was served before `leave`. */
export function comeBack(id: i32): void {
  away--;
  current = id;
}

/** Whether the stack has none of our references: the host has called in from outside. */
export function isOutermost(): bool {
  return away == 0;
}

/** Whether a context has not been deleted. */
export function isAlive(id: i32): bool {
  return findIn(streamSlot(id), id) != 0 || findIn(pluginSlot, id) != 0;
}
