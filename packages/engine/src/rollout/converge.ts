import {
  type Chain,
  type Clock,
  type InstanceVerdict,
  type Target,
  WasmcastError,
  instanceAddress,
  instanceKey,
  isLive,
  jsonEquals,
  type JsonValue,
} from '@wasmcast/core';
import type { Emit } from './events.ts';
import { isUnreachable } from './patience.ts';

/** What {@link converge} found at its last whole reading. */
export interface Convergence {
  /** By the addresses of their instances, `front-2` before `front-10`. */
  readonly verdicts: readonly InstanceVerdict[];
  readonly live: number;
  /** True when that reading showed every instance as it is waited for. False for a reading that did not come about. */
  readonly converged: boolean;
}

/** What {@link converge} watches. */
export interface ConvergeInput {
  readonly target: Target;
  readonly fleet: string;
  readonly expected: readonly Chain[];
  readonly timeoutMs: number;
  /** What an instance is waited for to show. Default: what is expected, live. */
  readonly isThere?: (verdict: InstanceVerdict) => boolean;
  readonly clock: Clock;
  readonly emit: Emit;
  /** Called before each reading. What it throws ends the waiting. */
  readonly beforeReading?: () => Promise<void>;
}

/** How long to wait between readings, in milliseconds: quick at first, for targets that change at once. */
const pauses = [100, 200, 400, 800, 1500];

/** For so long a target may be unreachable in a row while a rollout waits: an API server that restarts takes as much. */
const patienceMs = 20_000;

/**
 * Reads every instance again and again until all show what is expected, or `timeoutMs` has passed, or `stop` is aborted
 * (which also ends a reading that runs). Emits an event only for an instance that shows something new. A reading in which
 * an instance is missing that the reading before had is judged by what is there: pods come and go while a workload rolls.
 * Throws what the target throws; an unreachable one only when it stays so.
 */
export async function converge(
  input: ConvergeInput,
  stop: AbortSignal,
  signal: AbortSignal,
): Promise<Convergence> {
  const { target, clock, emit, isThere = isLive } = input;
  const either = AbortSignal.any([stop, signal]);
  const deadline = clock.now() + input.timeoutMs;
  let shown: Reading = new Map();
  let found: Convergence = { verdicts: [], live: 0, converged: false };
  let lostAt: number | undefined;
  for (let round = 0; ; round++) {
    await input.beforeReading?.();
    if (stop.aborted) return { ...found, converged: false };
    try {
      shown = await read(input, shown, either);
      lostAt = undefined;
      const verdicts = [...shown.values()].toSorted(byAddress);
      const live = verdicts.filter(isLive).length;
      found = { verdicts, live, converged: verdicts.every(isThere) };
      emit({ type: 'progress', target: target.name, instances: verdicts.length, live });
    } catch (error) {
      signal.throwIfAborted();
      if (stop.aborted) return { ...found, converged: false };
      lostAt ??= clock.now();
      const over = clock.now() >= deadline || clock.now() - lostAt >= patienceMs;
      if (!(error instanceof WasmcastError) || !isUnreachable(error) || over) throw error;
      found = { ...found, converged: false };
      emit({ type: 'unreadable', target: target.name, code: error.code, error: error.message });
    }
    if (found.converged || stop.aborted || clock.now() >= deadline) return found;
    const pause = pauses[Math.min(round, pauses.length - 1)] ?? 1500;
    await clock
      .sleep(Math.min(pause, Math.max(0, deadline - clock.now())), either)
      .catch((error: unknown) => {
        if (!stop.aborted) throw error;
      });
    signal.throwIfAborted();
  }
}

/** Verdicts by instance, a new pod of an old name apart. */
type Reading = ReadonlyMap<string, InstanceVerdict>;

/** Reads every instance once; tells what is new against the reading before. */
async function read(input: ConvergeInput, before: Reading, signal: AbortSignal): Promise<Reading> {
  const { target, emit } = input;
  const now = new Map<string, InstanceVerdict>();
  for await (const verdict of target.verify(input.fleet, input.expected, signal)) {
    const key = instanceKey(verdict.instance);
    now.set(key, verdict);
    const old = before.get(key);
    if (old === undefined || !sameVerdict(old, verdict)) {
      emit({ type: 'instance', target: target.name, live: isLive(verdict), verdict });
    }
  }
  for (const [key, { instance }] of before) {
    if (now.has(key)) continue;
    const { uid } = instance;
    emit({ type: 'instance-gone', target: target.name, instance: instanceAddress(instance), uid });
  }
  return now;
}

const { compare } = new Intl.Collator('en', { numeric: true });

/** Proxies are read side by side: without an order of ours each reading would have another. */
function byAddress(a: InstanceVerdict, b: InstanceVerdict): number {
  return compare(instanceAddress(a.instance), instanceAddress(b.instance));
}

function sameVerdict(a: InstanceVerdict, b: InstanceVerdict): boolean {
  return jsonEquals(a.filters as unknown as JsonValue, b.filters as unknown as JsonValue);
}
