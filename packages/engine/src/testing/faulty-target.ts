import { type InstanceVerdict, type Step, type Target, WasmcastError } from '@wasmcast/core';
import type { MemoryTarget } from './memory-target.ts';
import type { Random } from './random.ts';

/** How a world misbehaves towards one process. Shares are of calls. */
export interface Faults {
  /** A call fails before it has an effect. */
  readonly refused: number;
  /** A write has its effect, but its answer is lost. */
  readonly lost: number;
  /** A call does not come through for a moment. */
  readonly away: number;
  /** At this call, counted from 0, the process is killed: it never hears an answer again. */
  readonly killedAt: number | undefined;
  /** At this call the process is suspended: from then on each call is made only when it wakes up. */
  readonly suspendedAt?: number;
  /** The killed process's last write has its effect nevertheless. */
  readonly lastWriteLands: boolean;
}

/** A target with bad luck, and how one process that sees it so fares. */
export interface FaultyTarget {
  readonly target: Target;
  readonly died: Promise<void>;
  /** The process is suspended: what it calls waits for {@link wake}. */
  readonly suspended: Promise<void>;
  readonly wake: () => void;
}

const never = new Promise<never>(() => undefined);

/** A target as a process sees it that has bad luck. What happens depends on the random numbers alone. */
export function faultyTarget(real: MemoryTarget, faults: Faults, random: Random): FaultyTarget {
  let calls = 0;
  const { promise: died, resolve: die } = Promise.withResolvers<void>();
  const { promise: suspended, resolve: fallAsleep } = Promise.withResolvers<void>();
  const { promise: awake, resolve: wake } = Promise.withResolvers<void>();
  const call = async <T>(isWrite: boolean, run: () => Promise<T>): Promise<T> => {
    const number = calls++;
    if (faults.killedAt !== undefined && number >= faults.killedAt) {
      if (number === faults.killedAt && isWrite && faults.lastWriteLands) await run().catch(() => undefined);
      die();
      return await never;
    }
    if (faults.suspendedAt !== undefined && number >= faults.suspendedAt) {
      fallAsleep();
      await awake;
    }
    if (random.chance(faults.away)) throw new WasmcastError('WC-SIM-069', 'away', { exit: 'unreachable' });
    if (isWrite && random.chance(faults.refused)) throw new WasmcastError('WC-SIM-001', 'refused');
    const result = await run();
    if (isWrite && random.chance(faults.lost))
      throw new WasmcastError('WC-SIM-002', 'the answer was lost', { exit: 'unreachable' });
    return result;
  };
  const target: Target = {
    ...real,
    lock: {
      // Taking and giving back the lock fails whole or not at all: whether a lost answer took it is a test of its own.
      acquire: async (...args) => {
        const held = await call(false, () => real.lock.acquire(...args));
        return {
          holder: held.holder,
          [Symbol.asyncDispose]: () => call(false, async () => held[Symbol.asyncDispose]()),
        };
      },
      holder: (...args) => call(false, () => real.lock.holder(...args)),
      break: (...args) => call(false, () => real.lock.break(...args)),
    },
    revisions: {
      list: (...args) => call(false, () => real.revisions.list(...args)),
      put: (...args) => call(true, () => real.revisions.put(...args)),
      delete: (...args) => call(true, () => real.revisions.delete(...args)),
    },
    rollouts: {
      read: (...args) => call(false, () => real.rollouts.read(...args)),
      look: (...args) => call(false, () => real.rollouts.look(...args)),
      write: (...args) => call(true, () => real.rollouts.write(...args)),
      ask: (...args) => call(true, () => real.rollouts.ask(...args)),
      delete: (...args) => call(true, () => real.rollouts.delete(...args)),
    },
    observe: (...args) => call(false, () => real.observe(...args)),
    compile: (...args) => real.compile(...args),
    apply: (step: Step, signal, stillOurs) => {
      // A process may also be suspended between its look and the write that it has looked for.
      const asked = async (): Promise<void> => {
        await stillOurs?.();
        await call(false, async () => undefined);
      };
      return call(true, () => real.apply(step, signal, asked));
    },
    async *verify(...args) {
      yield* await call(false, async () => {
        const all: InstanceVerdict[] = [];
        for await (const verdict of real.verify(...args)) all.push(verdict);
        return all;
      });
    },
  };
  return { target, died, suspended, wake };
}
