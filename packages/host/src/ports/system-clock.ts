import type { HostClock } from './ports.ts';

/** The process's own clocks and timers. */
export const systemClock: HostClock = {
  realtime: () => BigInt(Date.now()) * 1_000_000n,
  monotonic: () => process.hrtime.bigint(),
  after: (ms, run) => {
    // Node fires a longer timeout at once.
    const timer = setTimeout(run, Math.min(ms, 0x7fff_ffff));
    timer.unref();
    return () => clearTimeout(timer);
  },
};
