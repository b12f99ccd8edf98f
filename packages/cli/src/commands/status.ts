import {
  type Chain,
  type Diagnostic,
  type Drift,
  type Fleet,
  type Observed,
  type Target,
  WasmcastError,
  exitCodes,
  findDrift,
  hasErrors,
  isLive,
} from '@wasmcast/core';
import { driftRules } from '@wasmcast/engine';
import type { Context } from '../context.ts';
import { CommandFailed } from '../failure.ts';
import { follow } from '../fleet/follow.ts';
import { lastLive } from '../fleet/last-live.ts';
import { openLock } from '../fleet/lock-file.ts';
import { type FleetFlags, type OpenManifest, openManifest, openTargets } from '../fleet/open-fleet.ts';
import { filtersOf, signatureFaults } from '../fleet/signature-faults.ts';
import { type Standing, standingOf } from '../fleet/standing.ts';
import { signaturePolicy } from '../modules/signature-policy.ts';
import { driftLines } from '../views/drift-text.ts';
import { standingFields, standingText } from '../views/standing-text.ts';
import { statusText } from '../views/status-text.ts';
import type { View } from '../views/view.ts';
import { makePlan } from '../fleet/make-plan.ts';

/**
 * `wasmcast status`: for each instance, whether it really runs what the fleet has installed there. With `watch` when nobody
 * rolls out any more; until then how far that is.
 */
export async function status(
  flags: FleetFlags & { readonly watch?: boolean },
  context: Context,
  view: View,
): Promise<void> {
  const manifest = await openManifest(flags, context, view);
  await using targets = await openTargets(manifest.targets, flags, context);
  if (flags.watch === true) await follow(manifest.fleet.name, targets.list, context, view);
  const installed = await Promise.all(
    targets.list.map(async (target) => {
      const selectors = manifest.fleet.bindings.filter((b) => b.target === target.name).map((b) => b.select);
      const query = { fleet: manifest.fleet.name, selectors };
      const { name } = manifest.fleet;
      const [observed, standing] = await view.waiting(
        `reading ${target.name}`,
        Promise.all([target.observe(query, context.stop), standingIfPermitted(name, target, context, view)]),
      );
      view.diagnostics(observed.diagnostics);
      const drift =
        standing?.record === undefined ? await driftOn(target, observed, manifest.fleet, context) : [];
      return {
        target,
        standing,
        drift,
        expected: observed.workloads.flatMap((w) => w.chains).filter((c) => c.filters.length > 0),
        isWhole: !hasErrors(observed.diagnostics),
      };
    }),
  );
  for (const { standing } of installed) {
    if (standing?.record !== undefined || standing?.holder !== undefined)
      view.answer('rollout', standingText(standing, view.paint), standingFields(standing));
  }
  for (const { target, drift } of installed) {
    const text = `${driftLines(drift, view.paint).join('\n')}\n`;
    if (drift.length > 0) view.answer('drift', text, { target: target.name, drift });
  }
  const faults = await unsignedInstalled(installed, manifest, context);
  view.diagnostics(faults);
  const questions = installed.map((each) => ({
    ...each,
    isWhole: each.isWhole && each.drift.length === 0 && !hasErrors(faults),
  }));
  await report(manifest.fleet.name, questions, context, view);
}

/** What others changed since it was last made live; nothing that the manifest says to ignore. */
async function driftOn(
  target: Target,
  observed: Observed,
  fleet: Fleet,
  { stop }: Context,
): Promise<readonly Drift[]> {
  const { chains } = await lastLive(fleet.name, target, observed, stop);
  const drift = findDrift({ target, fleet: fleet.name, observed }, driftRules(fleet, chains));
  return drift.filter(({ policy }) => policy !== 'ignore');
}

/** What is installed and may not run by the fleet's rules for signatures: they are held against what is there, whoever wrote it. */
async function unsignedInstalled(
  installed: readonly Question[],
  { fleet, lock: place }: OpenManifest,
  context: Context,
): Promise<readonly Diagnostic[]> {
  if (fleet.signatures === undefined) return [];
  const { lock } = await openLock(place, context);
  const policy = signaturePolicy(fleet.signatures, context);
  const filters = installed.flatMap(({ target, expected }) =>
    filtersOf(
      expected,
      fleet.targets.find((spec) => spec.name === target.name),
    ),
  );
  const found = filters.map((filter) => signatureFaults(filter, lock, policy, context.stop));
  return (await Promise.all(found)).flat();
}

/** Whoever may look at the proxies need not have the right to look at rollouts: that is said, and no more. */
async function standingIfPermitted(
  fleet: string,
  target: Target,
  context: Context,
  view: View,
): Promise<Standing | undefined> {
  try {
    return await standingOf(fleet, target, context.stop);
  } catch (error) {
    if (!(error instanceof WasmcastError) || error.exit !== 'notPermitted') throw error;
    const { code, message, help } = error;
    view.diagnostics([
      { severity: 'warning', code, summary: message, help: help ?? '', subject: target.name },
    ]);
    return undefined;
  }
}

/** `wasmcast verify`: for each instance, whether it really runs what the manifest says; what is not applied yet is not live. */
export async function verify(flags: FleetFlags, context: Context, view: View): Promise<void> {
  const manifest = await openManifest(flags, context, view);
  await using targets = await openTargets(manifest.targets, flags, context);
  const plan = await makePlan(manifest, targets.list, context, view);
  const wanted = targets.list.map((target) => ({
    target,
    expected: plan.targets.find((p) => p.target === target.name)?.expected ?? [],
    isWhole: true,
  }));
  await report(manifest.fleet.name, wanted, context, view);
}

interface Question {
  readonly target: Target;
  readonly expected: readonly Chain[];
  /** False if a part of what the manifest selects could not be looked at: what is not seen is not live. */
  readonly isWhole: boolean;
}

async function report(
  fleet: string,
  questions: readonly Question[],
  context: Context,
  view: View,
): Promise<void> {
  let instances = 0;
  let live = 0;
  for (const { target, expected } of questions) {
    const reading = readAll(target.verify(fleet, expected, context.stop), (verdict) => {
      if (view.format === 'json')
        view.answer('instance', '', { target: target.name, live: isLive(verdict), verdict });
    });
    const verdicts = await view.waiting(`reading the instances on ${target.name}`, reading);
    instances += verdicts.length;
    live += verdicts.filter(isLive).length;
    if (view.format === 'text')
      view.answer('status', statusText(target.name, expected, verdicts, view.paint), {});
  }
  const exitCode =
    live === instances && questions.every((q) => q.isWhole) ? exitCodes.ok : exitCodes.notAllLive;
  view.summary({ fleet, instances, live });
  if (exitCode !== exitCodes.ok) throw new CommandFailed(exitCode);
}

async function readAll<T>(source: AsyncIterable<T>, each: (item: T) => void): Promise<readonly T[]> {
  const all: T[] = [];
  for await (const item of source) {
    all.push(item);
    each(item);
  }
  return all;
}
