import {
  type Chain,
  type FilterVerdict,
  type Probe,
  type ProbePlan,
  type ProbeReading,
  type VerdictKind,
  WasmcastError,
  isLive,
} from '@wasmcast/core';
import { mapBounded } from '../concurrency/map-bounded.ts';
import { chainsOf } from './chains-of.ts';
import type { Halt, Run } from './context.ts';
import { isUnreachable, patiently } from './patience.ts';
import { heard } from './requests.ts';
import { messageOf } from './run-steps.ts';

/** Probes that start at a time. */
const concurrency = 8;
/** What a start may take, in milliseconds; and how much of it may pass before its proxy runs at all. */
const startMs = 180_000;
const hinderedMs = 60_000;
/** What a probe shows for so long it will not change any more, in milliseconds. */
const believedAfterMs = 10_000;
const pauseMs = 300;

/** How a probe ended: what it was started for, or not enough of it to say. */
export interface ProbeEnd {
  readonly outcome: 'pass' | 'fail' | 'inconclusive';
  /** What was seen, in words. */
  readonly says: string;
}

/** Verdicts that tell of us, or of the mesh, and not of the filters. */
const tellsNothing: readonly VerdictKind[] = ['no-sidecar', 'not-permitted', 'unreachable'];

/**
 * Starts the plan's probes and waits until each shows its chain. Undefined when the first wave may begin; else why not. No
 * workload has been touched until then, and no probe is left afterwards.
 */
export async function tryFirst(run: Run): Promise<Halt | undefined> {
  const { part, keeper, context } = run;
  if (part.probes === undefined || keeper.record.finished > 0) return undefined;
  const enough = new AbortController();
  const halts = await mapBounded(part.probes, concurrency, context.signal, async (plan, signal) => {
    if (enough.signal.aborted) return undefined;
    const halt = await tryOne(run, plan, AbortSignal.any([context.stop, enough.signal]), signal);
    if (halt !== undefined) enough.abort();
    return halt;
  });
  // One that failed says more than those that were ended because of it.
  return halts.find((halt) => halt?.kind === 'failed') ?? halts.find((halt) => halt !== undefined);
}

async function tryOne(
  run: Run,
  plan: ProbePlan,
  stop: AbortSignal,
  signal: AbortSignal,
): Promise<Halt | undefined> {
  const { part, context } = run;
  const { target, emit } = context;
  const at = { target: target.name, workload: plan.workload, probe: plan.summary };
  emit({ type: 'probe-started', ...at });
  const chains = chainsOf(part.expected, new Set([plan.workload]));
  const end = await ended(run, plan, chains, stop, signal);
  if ('kind' in end) return end;
  emit({ type: 'probe-done', ...at, ...end });
  if (end.outcome === 'pass' || (end.outcome === 'inconclusive' && !plan.required)) return undefined;
  const what =
    end.outcome === 'fail'
      ? `the probe did not become live: ${end.says}`
      : `the probe could not tell: ${end.says}`;
  const error = new WasmcastError('WC-PROBE-003', `${plan.summary} for ${plan.workload}: ${what}`, {
    help: 'no workload was touched; mend that and apply again',
  });
  return { kind: 'failed', reason: error.message, error };
}

/** Starts, watches and removes one probe. */
async function ended(
  run: Run,
  plan: ProbePlan,
  chains: readonly Chain[],
  stop: AbortSignal,
  signal: AbortSignal,
): Promise<ProbeEnd | Halt> {
  const { target } = run.context;
  const { probing } = target;
  if (probing === undefined) return { outcome: 'inconclusive', says: `target ${target.name} has no probes` };
  try {
    await using probe = await patiently(run.context, () =>
      probing.start(run.plan.fleet, plan, chains, signal),
    );
    return await watched(run, probe, stop, signal);
  } catch (error) {
    signal.throwIfAborted();
    // A rollout that was taken over, or a target that is gone, is no finding of the probe's.
    if (isUnreachable(error) || !(error instanceof WasmcastError) || error.code === 'WC-ROLL-010')
      throw error;
    return { outcome: 'inconclusive', says: `it could not be started: ${error.message}` };
  }
}

/** Reads a probe until it is live, or is seen to stay wrong, or the time is over. */
async function watched(
  run: Run,
  probe: Probe,
  stop: AbortSignal,
  signal: AbortSignal,
): Promise<ProbeEnd | Halt> {
  const { clock } = run.context;
  const began = clock.now();
  let wrong: { readonly what: string; readonly since: number } | undefined;
  for (;;) {
    const halt = await heard(run);
    if (halt !== undefined) return halt;
    if (stop.aborted) return { kind: 'interrupted' };
    const seen = await read(run, probe, signal);
    const { outcome, says } = seen;
    if (outcome === 'pass') return { outcome, says };
    const now = clock.now();
    const patienceMs = seen.isHindered === true ? hinderedMs : startMs;
    if (now - began >= patienceMs) return { outcome, says: `${says}, after ${patienceMs / 1000} s` };
    if (seen.wrong === undefined) wrong = undefined;
    else if (wrong?.what !== seen.wrong) wrong = { what: seen.wrong, since: now };
    else if (now - wrong.since >= believedAfterMs) return { outcome, says };
    await clock.sleep(pauseMs, AbortSignal.any([stop, signal])).catch((error: unknown) => {
      if (!stop.aborted) throw error;
    });
    signal.throwIfAborted();
  }
}

/** What a probe shows now; `wrong` if that is not likely to change, hindered if it did not even start. */
async function read(
  { context }: Run,
  probe: Probe,
  signal: AbortSignal,
): Promise<ProbeEnd & { readonly wrong?: string; readonly isHindered?: boolean }> {
  let reading: ProbeReading;
  try {
    reading = await probe.read(signal);
  } catch (error) {
    signal.throwIfAborted();
    if (!isUnreachable(error)) throw error;
    context.emit({
      type: 'unreadable',
      target: context.target.name,
      code: error instanceof WasmcastError ? error.code : '',
      error: messageOf(error),
    });
    return { outcome: 'inconclusive', says: messageOf(error) };
  }
  const { verdict, hindrance } = reading;
  if (hindrance !== undefined) return { outcome: 'inconclusive', says: hindrance, isHindered: true };
  if (isLive(verdict)) return { outcome: 'pass', says: 'live' };
  const faults = verdict.filters.filter((f) => f.verdict !== 'live');
  const isSilent = faults.some((f) => tellsNothing.includes(f.verdict));
  const isWaiting = faults.some((f) => f.verdict === 'pending');
  return {
    outcome: isSilent ? 'inconclusive' : 'fail',
    says: faultsText(faults),
    ...(!isSilent && !isWaiting && { wrong: faults.map((f) => `${f.filter} ${f.verdict}`).join() }),
  };
}

/** `one, two are crashed (evidence)`: filters of which the same is to be said, together. */
function faultsText(faults: readonly FilterVerdict[]): string {
  const alike = Map.groupBy(faults, ({ verdict, evidence }) =>
    evidence === undefined ? verdict : `${verdict} (${evidence})`,
  );
  return [...alike]
    .map(([what, of]) => `${of.map((f) => f.filter).join(', ')} ${of.length === 1 ? 'is' : 'are'} ${what}`)
    .join('; ');
}
