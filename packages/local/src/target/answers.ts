import type { JsonValue, LockHolder } from '@wasmcast/core';
import { member, text } from '../shape.ts';

/** True if a member is null. */
export function isNull(value: JsonValue, name: string): boolean {
  return member(value, name) === null;
}

/** True if a member is true. */
export function isTrue(value: JsonValue, name: string): boolean {
  return member(value, name) === true;
}

/** Reads the holder of a lock from the daemon's answer. */
export function readHolder(answer: JsonValue): LockHolder {
  const holder = member(answer, 'holder');
  return { owner: text(holder, 'owner'), since: text(holder, 'since'), nonce: text(holder, 'nonce') };
}
