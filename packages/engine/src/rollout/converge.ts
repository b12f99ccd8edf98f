import {
  type Chain,
  type Clock,
  type InstanceVerdict,
  type Target,
  instanceAddress,
  isLive,
  jsonEquals,
  type JsonValue,
} from '@wasmcast/core';
import type { Emit } from './events.ts';

/** What {@link converge} found at its last reading. */
export interface Convergence {
  readonly verdicts: readonly InstanceVerdict[];
  readonly live: number;
  /** True when there was at least nothing that is not live. */
  readonly converged: boolean;
}

/** How long to wait between readings, in milliseconds: quick at first, for targets that change at once. */
const pauses = [100, 200, 400, 800, 1500];

/**
 * Reads every instance again and again until all show what is expected, or `timeoutMs` has passed, or `stop` is aborted.
 * Emits an event only for an instance that shows something new. A reading in which an instance is missing that the
 * reading before had is judged by what is there: pods come and go while a workload rolls.
 */
export async function converge(
  input: {
    readonly target: Target;
    readonly fleet: string;
    readonly expected: readonly Chain[];
    readonly timeoutMs: number;
    readonly clock: Clock;
    readonly emit: Emit;
  },
  stop: AbortSignal,
  signal: AbortSignal,
): Promise<Convergence> {
  const { target, clock, emit } = input;
  const deadline = clock.now() + input.timeoutMs;
  let shown = new Map<string, InstanceVerdict>();
  for (let round = 0; ; round++) {
    const now = new Map<string, InstanceVerdict>();
    for await (const verdict of target.verify(input.fleet, input.expected, signal)) {
      const address = `${instanceAddress(verdict.instance)} ${verdict.instance.uid}`;
      now.set(address, verdict);
      const before = shown.get(address);
      if (before === undefined || !sameVerdict(before, verdict)) {
        emit({ type: 'instance', target: target.name, live: isLive(verdict), verdict });
      }
    }
    for (const [address, verdict] of shown) {
      if (!now.has(address)) {
        emit({ type: 'instance-gone', target: target.name, instance: instanceAddress(verdict.instance) });
      }
    }
    shown = now;
    const verdicts = [...now.values()];
    const live = verdicts.filter(isLive).length;
    emit({ type: 'progress', target: target.name, instances: verdicts.length, live });
    const converged = live === verdicts.length;
    if (converged || stop.aborted || clock.now() >= deadline) return { verdicts, live, converged };
    const pause = pauses[Math.min(round, pauses.length - 1)] ?? 1500;
    await clock.sleep(Math.min(pause, Math.max(0, deadline - clock.now())), signal);
  }
}

function sameVerdict(a: InstanceVerdict, b: InstanceVerdict): boolean {
  return jsonEquals(a.filters as unknown as JsonValue, b.filters as unknown as JsonValue);
}
