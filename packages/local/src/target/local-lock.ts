import type { HeldLock, LockHolder, LockPort } from '@wasmcast/core';
import type { ControlClient } from '../control/client.ts';
import { isNull, isTrue, readHolder } from './answers.ts';

/** The lock of a fleet on an embedded mesh. It is bound to a connection: a process that dies lets go of it. */
export class LocalLock implements LockPort {
  readonly #client: ControlClient;

  constructor(client: ControlClient) {
    this.#client = client;
  }

  async acquire(fleet: string, holder: LockHolder, signal: AbortSignal): Promise<HeldLock> {
    const path = `/v1/lock?${new URLSearchParams({ fleet }).toString()}`;
    // The signal ends the waiting for the lock, not the lock.
    const waiting = new AbortController();
    const stop = (): void => waiting.abort(signal.reason);
    signal.throwIfAborted();
    signal.addEventListener('abort', stop, { once: true });
    try {
      const held = await this.#client.open('POST', path, holder, waiting.signal, 0);
      held.on('error', () => {});
      held.resume();
      return {
        holder,
        [Symbol.asyncDispose]: async () => {
          const query = new URLSearchParams({ fleet, nonce: holder.nonce }).toString();
          try {
            // A daemon that is gone took the lock with it.
            if (!held.destroyed)
              await this.#client.call('DELETE', `/v1/lock?${query}`, undefined, AbortSignal.timeout(5_000));
          } finally {
            held.destroy();
          }
        },
      };
    } finally {
      signal.removeEventListener('abort', stop);
    }
  }

  async holder(fleet: string, signal: AbortSignal): Promise<LockHolder | undefined> {
    const path = `/v1/lock?${new URLSearchParams({ fleet }).toString()}`;
    const answer = await this.#client.call('GET', path, undefined, signal);
    return isNull(answer, 'holder') ? undefined : readHolder(answer);
  }

  async break(fleet: string, nonce: string, signal: AbortSignal): Promise<boolean> {
    const query = new URLSearchParams({ fleet, nonce }).toString();
    const answer = await this.#client.call('DELETE', `/v1/lock?${query}`, undefined, signal);
    return isTrue(answer, 'released');
  }
}
