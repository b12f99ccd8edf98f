import { type HeldLock, type LockHolder, WasmcastError } from '@wasmcast/core';
import type { RolloutContext } from './context.ts';

/**
 * Takes the fleet's lock. One whose holder is seen to be dead, because it ran on this machine, is taken over; of all others
 * a person has to say so (`wasmcast unlock`). Throws `WC-LOCK-001` when somebody has it.
 */
export async function takeLock(fleet: string, context: RolloutContext): Promise<HeldLock> {
  const { target, clock, by, nonce, signal, emit } = context;
  const holder: LockHolder = {
    owner: by,
    since: new Date(clock.now()).toISOString(),
    nonce: nonce(),
    ...(context.process !== undefined && { process: context.process.name }),
  };
  try {
    return await target.lock.acquire(fleet, holder, signal);
  } catch (error) {
    if (!(error instanceof WasmcastError) || error.code !== 'WC-LOCK-001') throw error;
    const other = await target.lock.holder(fleet, signal);
    if (other?.process === undefined || context.process?.isDead(other.process) !== true) throw error;
    if (!(await target.lock.break(fleet, other.nonce, signal))) throw error;
    const words = `the lock of ${other.owner}, since ${other.since}, was taken over: its process is dead`;
    emit({ type: 'remark', target: target.name, code: 'WC-RUN-003', error: words });
    return await target.lock.acquire(fleet, holder, signal);
  }
}
