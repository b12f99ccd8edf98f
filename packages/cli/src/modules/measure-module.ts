import type { Diagnostic, FilterCost } from '@wasmcast/core';
import type { Preflight, ProbeOutcome } from '@wasmcast/host';
import { preflightDeadlineMs, trialFault, trialReason } from './trial-fault.ts';

/** What a module costs, as `check` says it: measured as a plan does it, and a request beside it. */
export type ModuleCost = (FilterCost & RequestCost) | { readonly notMeasured: string };

/** Microseconds of processor time that a small GET takes in the filter and its host, or why that is not known. */
type RequestCost = { readonly requestUs: number } | { readonly requestNotMeasured: string };

/**
 * Starts a module that can be loaded, and sends a request through it. Without a `configuration` of which it can be said that
 * it is the right one, a refusal is no fault of the module: its cost is just not known.
 */
export async function measureModule(
  { bytes, name, configuration }: ModuleToMeasure,
  trials: Preflight,
  signal: AbortSignal,
): Promise<{ readonly cost: ModuleCost; readonly diagnostics: readonly Diagnostic[] }> {
  const filter = { name, ...(configuration !== undefined && { configuration }) };
  const result = await trials.try({ bytes, filter, deadlineMs: preflightDeadlineMs, probe: true, signal });
  if (result.kind === 'accepted') {
    const { compileMs, memoryBytes, probe } = result;
    return { cost: { compileMs, memoryBytes, ...requestCost(probe) }, diagnostics: [] };
  }
  const notMeasured = trialReason(result);
  return {
    cost: { notMeasured },
    diagnostics: configuration === undefined ? [] : [trialFault(result, name)],
  };
}

/** What {@link measureModule} is given. */
export interface ModuleToMeasure {
  readonly bytes: Uint8Array;
  readonly name: string;
  /** What the filter will be configured with. */
  readonly configuration: Uint8Array | undefined;
}

function requestCost(probe: ProbeOutcome | undefined): RequestCost {
  switch (probe?.kind) {
    case 'passed':
    case 'answered':
      return { requestUs: probe.requestUs };
    case 'trapped':
      return { requestNotMeasured: probe.message };
    case 'broken-off':
      return { requestNotMeasured: 'the filter breaks it off' };
    case 'waits':
    case undefined:
      return { requestNotMeasured: 'the filter holds it, until a callout or a timer that is not run here' };
  }
}
