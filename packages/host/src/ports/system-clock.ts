import type { HostClock } from './ports.ts';

/** The last answer: many streams begin within one millisecond, and a BigInt costs as much as a call of a filter. */
let last = { ms: 0, ns: 0n };

/** The process's own clocks and timers. */
export const systemClock: HostClock = {
  realtime: () => {
    const ms = Date.now();
    if (ms !== last.ms) last = { ms, ns: BigInt(ms) * 1_000_000n };
    return last.ns;
  },
  monotonic: () => process.hrtime.bigint(),
  after: (ms, run) => {
    // Node fires a longer timeout at once.
    const timer = setTimeout(run, Math.min(ms, 0x7fff_ffff));
    timer.unref();
    return () => clearTimeout(timer);
  },
};
