import type { GateSpec, Wave } from '@wasmcast/core';
import type { Baseline } from '../gates/baseline.ts';
import { type GateScope, gateMeasure, tooEarlyMs } from '../gates/measure.ts';
import type { Measurement } from '../gates/measurement.ts';
import { runGate } from '../gates/run-gate.ts';
import { awaitLive } from './await-live.ts';
import { chainsOf } from './chains-of.ts';
import type { Halt, Run } from './context.ts';
import { gateScope } from './gate-scope.ts';
import { heard } from './requests.ts';
import { messageOf } from './run-steps.ts';

/** How often a wave that waits is looked at, in milliseconds. */
const lookEveryMs = 2000;

/**
 * Watches a wave that is live: its gates are measured while its pause passes, and until each has its answer; then its
 * instances must still be live, and a person must have promoted where that is asked. A promotion that comes meanwhile skips
 * what is left of it.
 */
export async function watchWave(
  run: Run,
  index: number,
  wave: Wave,
  baseline: Baseline | undefined,
): Promise<Halt | undefined> {
  const { plan, part, context, keeper, tally } = run;
  const promoted = (): boolean => keeper.isPromoted(index);
  const watched = plan.rollout.gates.length > 0 || wave.pauseMs > 0;
  if (watched && !promoted()) {
    const halt = await gatesAndPause(run, index, wave, baseline, promoted);
    if (halt !== undefined) return halt;
    const expected = chainsOf(part.expected, new Set(wave.workloads));
    const gone = await awaitLive({
      fleet: plan.fleet,
      expected,
      rules: plan.rollout,
      context,
      tally,
      look: () => heard(run),
    });
    if (gone !== undefined) return gone;
  }
  if (!wave.manual || promoted()) return undefined;
  return {
    kind: 'paused',
    reason: `wave ${index + 1} of ${part.waves.length} is live and waits for \`wasmcast promote\``,
  };
}

/**
 * A gate that fails ends the others at once, and so does a request, or whoever interrupts. One that ends without an answer
 * cuts the pause short, and lets the others come to theirs: a failure counts for more.
 */
async function gatesAndPause(
  run: Run,
  index: number,
  wave: Wave,
  baseline: Baseline | undefined,
  promoted: () => boolean,
): Promise<Halt | undefined> {
  const { context, plan } = run;
  const over = new AbortController();
  const during = AbortSignal.any([context.signal, context.stop, over.signal]);
  const pauseOver = new AbortController();
  const scope = gateScope(run, index, wave, baseline);
  let halt: Halt | undefined;
  let undecided: Halt | undefined;
  const end = (found: Halt | undefined): void => {
    halt ??= found;
    over.abort();
  };
  if (wave.pauseMs > 0) context.emit({ type: 'waiting', target: context.target.name, ms: wave.pauseMs });
  const gates = Promise.all([
    ...plan.rollout.gates.map(async (gate) => {
      const found = await passGate(run, gate, scope, pauseOver.signal, during);
      if (found?.kind === 'failed') return end(found);
      if (found === undefined) return;
      undecided ??= found;
      pauseOver.abort();
    }),
    passPause(run, wave, pauseOver, during),
  ]);
  const done = new AbortController();
  const listening = listen(run, AbortSignal.any([during, done.signal]), (found) => {
    if (found !== undefined || promoted()) end(found);
  });
  try {
    await gates;
    halt ??= undecided;
  } catch (error) {
    if (!during.aborted) {
      over.abort();
      throw error;
    }
    context.signal.throwIfAborted();
    if (context.stop.aborted) halt ??= { kind: 'interrupted' };
  } finally {
    done.abort();
    await listening;
  }
  return halt;
}

/** Ends with the pause, or as soon as there is no use in waiting for it. */
async function passPause(
  { context }: Run,
  { pauseMs }: Wave,
  over: AbortController,
  signal: AbortSignal,
): Promise<void> {
  try {
    if (pauseMs > 0) await context.clock.sleep(pauseMs, AbortSignal.any([signal, over.signal]));
  } catch (error) {
    if (!over.signal.aborted) throw error;
  }
  over.abort();
}

/** Hears requests until the signal is aborted. */
async function listen(run: Run, until: AbortSignal, tell: (halt: Halt | undefined) => void): Promise<void> {
  const { clock } = run.context;
  while (!until.aborted) {
    const slept = await clock.sleep(lookEveryMs, until).then(
      () => true,
      () => false,
    );
    if (!slept) return;
    try {
      tell(await heard(run));
    } catch (error) {
      tell({ kind: 'failed', reason: messageOf(error), error });
    }
  }
}

/** Undefined when the gate lets the wave pass. */
async function passGate(
  run: Run,
  gate: GateSpec,
  scope: GateScope,
  mayEnd: AbortSignal,
  signal: AbortSignal,
): Promise<Halt | undefined> {
  const { emit, ask, clock, target } = run.context;
  const { onFailure } = run.plan.rollout;
  const about = { target: target.name, gate: gate.name, wave: scope.wave };
  const told = (measurement: Measurement): void => emit({ type: 'gate', ...about, ...measurement });
  const measure = gateMeasure(gate, scope, ask);
  const earlyMs = tooEarlyMs(gate, scope);
  const last = await runGate(gate, { measure, clock, told, mayEnd, earlyMs }, signal);
  const reason = `gate ${gate.name} of wave ${scope.wave}: ${last.says}`;
  switch (last.outcome) {
    case 'pass':
      return undefined;
    case 'fail':
      return onFailure === 'pause' ? { kind: 'paused', reason } : { kind: 'failed', reason };
    case 'inconclusive':
    case 'error':
      return { kind: 'paused', reason: `${reason} (${last.outcome})` };
  }
}
