import { availableParallelism } from 'node:os';
import { configurationText } from '@wasmcast/core';
import { type LoadedFilter, mapBounded, type Trial } from '@wasmcast/engine';
import type { Preflight } from '@wasmcast/host';
import type { OpenManifest } from '../fleet/open-fleet.ts';
import type { View } from '../views/view.ts';
import { placeOf } from './place-of.ts';
import { preflightDeadlineMs, trialFault } from './trial-fault.ts';

/** Each has a deadline, which more processes than cores would make it miss; and to start one costs more than several trials. */
const processes = Math.max(1, Math.min(4, Math.floor(availableParallelism() / 2)));

/** Runs on_vm_start and on_configure of each module with the very bytes that it would get; a refusal carries the filter's own log lines. */
export async function tryFilters(
  filters: readonly LoadedFilter[],
  manifest: OpenManifest,
  view: View,
  signal: AbortSignal,
): Promise<readonly Trial[]> {
  const { Preflight: Trials } = await import('@wasmcast/host');
  await using trials = new Trials();
  return await mapBounded(filters, processes, signal, (filter, each) =>
    tryFilter(filter, trials, manifest, view, each),
  );
}

async function tryFilter(
  { resolved: { spec }, bytes }: LoadedFilter,
  trials: Preflight,
  manifest: OpenManifest,
  view: View,
  signal: AbortSignal,
): Promise<Trial> {
  const filter = {
    name: spec.name,
    rootId: spec.rootId,
    vmId: spec.vm.id ?? spec.name,
    configuration: Buffer.from(configurationText(spec.config), 'utf8'),
    env: spec.vm.env,
  };
  const result = await trials.try({ bytes, filter, deadlineMs: preflightDeadlineMs, signal });
  const { kind } = result;
  view.progress('preflight', `preflight ${spec.name}: ${kind}`, { filter: spec.name, result: kind });
  if (result.kind === 'accepted') {
    const { compileMs, memoryBytes } = result;
    return { diagnostics: [], cost: { compileMs, memoryBytes } };
  }
  const at = placeOf(spec, manifest, 'config') ?? placeOf(spec, manifest, 'name');
  return { diagnostics: [trialFault(result, spec.name, at)] };
}
