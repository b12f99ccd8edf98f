import { setTimeout as sleep } from 'node:timers/promises';
import type { Clock } from '@wasmcast/core';

/** The machine's own clock. */
export const systemClock: Clock = {
  now: () => Date.now(),
  sleep: async (ms, signal) => {
    await sleep(ms, undefined, { signal });
  },
};
