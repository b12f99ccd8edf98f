import {
  changeFor,
  type Diagnosis,
  exitCodes,
  isLive,
  type Chain,
  type Finding,
  type Target,
  workloadAddress,
} from '@wasmcast/core';
import type { Context } from '../context.ts';
import { CommandFailed } from '../failure.ts';
import { lastLive } from '../fleet/last-live.ts';
import { type FleetFlags, openManifest, openTargets } from '../fleet/open-fleet.ts';
import { diagnosisText } from '../views/diagnosis-text.ts';
import type { View } from '../views/view.ts';

/**
 * `wasmcast doctor`: why instances do not run what was last made live, and what will bite later. It needs no module and no
 * registry: what should be live is what the target itself remembers.
 */
export async function doctor(flags: FleetFlags, context: Context, view: View): Promise<void> {
  const { fleet, targets: specs } = await openManifest(flags, context, view);
  await using targets = await openTargets(specs, flags, context);
  let isWell = true;
  for (const target of targets.list) {
    const selectors = fleet.bindings.filter((b) => b.target === target.name).map((b) => b.select);
    const examining = examine(fleet.name, target, selectors, context.stop);
    const diagnosis = await view.waiting(`examining ${target.name}`, examining);
    view.answer('diagnosis', diagnosisText(diagnosis, view.paint), diagnosis);
    isWell &&=
      diagnosis.live === diagnosis.instances && diagnosis.findings.every((f) => f.severity !== 'error');
  }
  const exitCode = isWell ? exitCodes.ok : exitCodes.notAllLive;
  view.summary({ fleet: fleet.name });
  if (exitCode !== exitCodes.ok) throw new CommandFailed(exitCode);
}

async function examine(
  fleet: string,
  target: Target,
  selectors: Parameters<Target['observe']>[0]['selectors'],
  signal: AbortSignal,
): Promise<Diagnosis> {
  const observed = await target.observe({ fleet, selectors }, signal);
  const { chains, from } = await lastLive(fleet, target, observed, signal);
  // What the fleet has elsewhere should not be there.
  const expected = changeFor({ fleet, chains, observed, removeAll: false, retained: [] }).chains;
  const diagnosis =
    target.diagnose === undefined
      ? await byVerdicts(fleet, target, expected, signal)
      : await target.diagnose(fleet, expected, observed, signal);
  const remarks = observed.diagnostics.map(({ severity, code, summary, help, subject }): Finding => ({
    code,
    severity: severity === 'error' ? 'error' : 'warning',
    subject: subject ?? target.name,
    instances: [],
    filters: [],
    symptoms: [],
    cause: summary,
    next: help === undefined ? [] : [help],
    evidence: [],
  }));
  return {
    ...diagnosis,
    looked: [`compared with ${from}`, ...diagnosis.looked],
    findings: [...remarks, ...diagnosis.findings],
  };
}

/** Of a target that cannot say more: what its instances show. */
async function byVerdicts(
  fleet: string,
  target: Target,
  expected: readonly Chain[],
  signal: AbortSignal,
): Promise<Diagnosis> {
  let instances = 0;
  let live = 0;
  const findings: Finding[] = [];
  for await (const verdict of target.verify(fleet, expected, signal)) {
    instances++;
    if (isLive(verdict)) live++;
    for (const filter of verdict.filters.filter((f) => f.verdict !== 'live')) {
      findings.push({
        code: 'WC-DOC-099',
        severity: 'error',
        subject: workloadAddress(verdict.instance.workload),
        instances: [verdict.instance.name],
        filters: [filter.filter],
        symptoms: [filter.verdict],
        cause: filter.evidence ?? 'its instance does not say why',
        next: ['wasmcast plan shows what would be repaired; wasmcast apply repairs it'],
        evidence: [],
      });
    }
  }
  const looked = [`${instances} instances`];
  return { target: target.name, instances, live, findings, looked, unseen: [] };
}
