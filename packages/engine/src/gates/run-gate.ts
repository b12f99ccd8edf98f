import { type Clock, type GateSpec, WasmcastError } from '@wasmcast/core';
import type { Measure } from './measure.ts';
import type { Measurement } from './measurement.ts';

/** So many measurements in a row may come to nothing (an error, missing data) before a person has to look. */
const patience = 4;

/** What a gate runs by. */
export interface GateRun {
  readonly measure: Measure;
  readonly clock: Clock;
  /** Told of each measurement. */
  readonly told: (measurement: Measurement) => void;
  /** Aborted when nothing but its gates keeps the wave any more: until then a gate that has passed is measured on. */
  readonly mayEnd: AbortSignal;
  /** Milliseconds for which it may be too early at a stretch; from then on that comes to nothing too. */
  readonly earlyMs: number;
}

/**
 * Measures a gate until it has passed `count` times and may end, or has failed more than `failureLimit` times in all, as
 * Argo Rollouts counts. Measurements that come to nothing do not count; when too many do in a row the gate ends as the last
 * of them, which is not a pass. Rejects when `signal` is aborted.
 */
export async function runGate(
  gate: GateSpec,
  { measure, clock, told, mayEnd, earlyMs }: GateRun,
  signal: AbortSignal,
): Promise<Measurement> {
  let pass: Measurement | undefined;
  let passed = 0;
  let failed = 0;
  let nothing = 0;
  let earlySince: number | undefined;
  for (;;) {
    const measurement = await measureOnce(measure, signal);
    told(measurement);
    if (measurement.early !== true) earlySince = undefined;
    else earlySince ??= clock.now();
    switch (measurement.outcome) {
      case 'pass':
        pass = measurement;
        passed += 1;
        nothing = 0;
        break;
      case 'fail':
        failed += 1;
        nothing = 0;
        if (failed > gate.failureLimit) return measurement;
        break;
      case 'inconclusive':
      case 'error':
        if (earlySince === undefined || clock.now() - earlySince >= earlyMs) nothing += 1;
        if (nothing > patience) return measurement;
    }
    const enough = passed >= gate.count ? pass : undefined;
    if (enough !== undefined && mayEnd.aborted) return enough;
    const until = enough === undefined ? signal : AbortSignal.any([signal, mayEnd]);
    try {
      await clock.sleep(gate.intervalMs, until);
    } catch (error) {
      if (signal.aborted || enough === undefined) throw error;
      return enough;
    }
  }
}

async function measureOnce(measure: Measure, signal: AbortSignal): Promise<Measurement> {
  try {
    return await measure(signal);
  } catch (error) {
    signal.throwIfAborted();
    const code = error instanceof WasmcastError ? `${error.code} ` : '';
    return { outcome: 'error', says: `${code}${error instanceof Error ? error.message : String(error)}` };
  }
}
