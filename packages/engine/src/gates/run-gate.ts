import { type Clock, type GateSpec, WasmcastError } from '@wasmcast/core';
import type { Measure } from './measure.ts';
import type { Measurement } from './measurement.ts';

/** So many measurements in a row may come to nothing (an error, missing data) before a person has to look. */
const patience = 4;

/**
 * Measures a gate until it passed `count` times or failed more than `failureLimit` times. Measurements that come to nothing
 * do not count; when too many do in a row the gate ends as the last of them, which is not a pass. Rejects when aborted.
 */
export async function runGate(
  gate: GateSpec,
  measure: Measure,
  clock: Clock,
  told: (measurement: Measurement) => void,
  signal: AbortSignal,
): Promise<Measurement> {
  let passed = 0;
  let failed = 0;
  let nothing = 0;
  for (;;) {
    const measurement = await measureOnce(measure, signal);
    told(measurement);
    switch (measurement.outcome) {
      case 'pass':
        passed += 1;
        nothing = 0;
        break;
      case 'fail':
        failed += 1;
        nothing = 0;
        break;
      case 'inconclusive':
      case 'error':
        nothing += 1;
    }
    if (passed >= gate.count || failed > gate.failureLimit || nothing > patience) return measurement;
    await clock.sleep(gate.intervalMs, signal);
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
