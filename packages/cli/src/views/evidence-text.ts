import {
  type Chain,
  type TargetPlan,
  instanceAddress,
  isLive,
  printable,
  shortDigest,
  workloadAddress,
} from '@wasmcast/core';
import type { Evidence, GateEvidence } from '../fleet/evidence.ts';
import type { Ended } from '../fleet/show-ended.ts';
import { gateLine, instanceFaults, probeLine } from './rollout-text.ts';
import { type Paint, count, span } from './text.ts';
import { workloadNames } from './wave-text.ts';

/** Of the instances that were not live, and of the different chains that went back, so many are shown. */
const shownAtMost = 10;

/** What kept a rollout from going on: what, where, since when, and what was seen. */
export function evidenceLines({ part, result, evidence }: Ended, p: Paint): readonly string[] {
  const { reason } = result;
  return [
    ...(reason === undefined ? [] : [row('what', printable(reason), p)]),
    ...whereAndWhen(part, evidence, p),
    ...(evidence.probes ?? [])
      .filter((probe) => probe.outcome !== 'pass')
      .map((probe) => row('tried', probeLine(probe, p), p)),
    ...evidence.gates.map((gate) => row('seen', measuredText(gate, p), p)),
    ...evidence.notLive
      .slice(0, shownAtMost)
      .map((verdict) =>
        row('seen', `${printable(instanceAddress(verdict.instance))}  ${instanceFaults(verdict)}`, p),
      ),
    ...more(evidence.notLive.length, 'instance'),
  ];
}

/** What a rollout went back to, like workloads together, and how many it never touched. */
export function wayBackLines({ part, evidence }: Ended, p: Paint): readonly string[] {
  const touched = part.waves.slice(0, evidence.wave?.number ?? begunBefore(part)).flatMap((w) => w.workloads);
  const untouched = part.waves.reduce((sum, wave) => sum + wave.workloads.length, 0) - touched.length;
  const previous = Map.groupBy(part.previous, (chain) => workloadAddress(chain.workload));
  const alike = Map.groupBy(touched, (workload) => chainsText(previous.get(workload) ?? []));
  return [
    ...[...alike]
      .slice(0, shownAtMost)
      .map(([text, workloads]) => row('back', `${workloadNames(workloads, part.target)}: ${text}`, p)),
    ...more(alike.size, 'former chain'),
    ...(untouched === 0 ? [] : [row('rest', `${count(untouched, 'other workload')}: never touched`, p)]),
  ];
}

/** Instances of which nothing tells whether they are as well as before. */
export function doubtLines({ result }: Pick<Ended, 'result'>, p: Paint): readonly string[] {
  const unsure = result.verdicts.filter((verdict) => !isLive(verdict));
  const shown = unsure.slice(0, shownAtMost).map((verdict) => {
    const what = `${printable(instanceAddress(verdict.instance))}  ${instanceFaults(verdict)}`;
    return row('doubt', `${what}; in a new pod it is well`, p);
  });
  return [...shown, ...more(unsure.length, 'instance')];
}

/** Waves that an earlier run of the rollout had begun. */
function begunBefore({ unfinished, waves }: TargetPlan): number {
  return unfinished?.same === true ? Math.min(unfinished.finished + 1, waves.length) : 0;
}

function whereAndWhen({ target }: TargetPlan, { wave, at }: Evidence, p: Paint): readonly string[] {
  if (wave === undefined) return [];
  const { number, waves, workloads, since } = wave;
  const when =
    at === undefined
      ? `since ${since}`
      : `${at}, ${span(Date.parse(at) - Date.parse(since))} after the wave began`;
  return [
    row('where', `wave ${number} of ${waves}: ${workloadNames(workloads, target)}`, p),
    row('when', when, p),
  ];
}

function measuredText(gate: GateEvidence, p: Paint): string {
  return `${gateLine(gate, p)} (${gate.passed} of ${count(gate.measured, 'measurement')} passed)`;
}

function chainsText(chains: readonly Chain[]): string {
  const filters = chains.flatMap((chain) => chain.filters);
  if (filters.length === 0) return 'nothing of the fleet';
  return filters.map((f) => `${printable(f.name)} ${shortDigest(f.moduleDigest)}`).join(', ');
}

function more(all: number, noun: string): readonly string[] {
  return all <= shownAtMost ? [] : [`  and ${count(all - shownAtMost, `more ${noun}`)}`];
}

function row(title: string, text: string, p: Paint): string {
  return `  ${p.bold(title.padEnd(5))} ${text}`;
}
