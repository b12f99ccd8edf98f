import type { Plan } from '@wasmcast/core';
import type { RolloutResult } from '@wasmcast/engine';
import type { Ended } from '../fleet/show-ended.ts';
import { doubtLines, evidenceLines, wayBackLines } from './evidence-text.ts';
import { type Paint, count } from './text.ts';

/** How a rollout ended, and what to do next if it did not end well. */
export function resultText(command: string, plan: Plan, ended: readonly Ended[], p: Paint): string {
  const begun = new Set(ended.map(({ result }) => result.target));
  const left = plan.targets.filter((part) => !begun.has(part.target));
  return [
    ...ended.flatMap((one) => lines(command, plan, one, p)),
    ...left.map((part) => `${p.yellow('not begun')}: fleet ${plan.fleet} on ${part.target}`),
    '',
  ].join('\n');
}

function lines(command: string, plan: Plan, ended: Ended, p: Paint): readonly string[] {
  const { result } = ended;
  const all = count(result.instances, 'instance');
  const where = `fleet ${plan.fleet} on ${result.target}`;
  switch (result.outcome) {
    case 'live':
      return [plan.removeAll ? removedLine(where, result, p) : liveLine(where, result, p)];
    case 'rolled-back':
      return [
        `${p.red('rolled back')}: ${where}; ${restored(result)}`,
        ...evidenceLines(ended, p),
        ...wayBackLines(ended, p),
        ...doubtLines(ended, p),
        'help: when the cause is mended, `wasmcast apply` begins anew, and `wasmcast retry` tries the same again',
      ];
    case 'paused':
      return [
        `${p.yellow('paused')}: ${where}, after ${count(result.writes, 'write')}`,
        ...evidenceLines(ended, p),
        'help: `wasmcast promote` goes on to the next wave, `wasmcast resume` looks at this one again, `wasmcast abort` goes back',
      ];
    case 'not-live':
      return [
        `${p.red('not all live')}: ${where}, ${result.live} of ${all} after ${plan.rollout.timeoutMs / 1000} s`,
        ...evidenceLines(ended, p),
        `help: \`wasmcast status\` shows what they run; \`wasmcast ${again(command)}\` goes on, ${back(ended)}`,
      ];
    case 'failed':
      return [
        `${p.red('failed')}: ${where}, after ${count(result.writes, 'write')}`,
        ...(hasBegun(ended)
          ? [
              ...evidenceLines(ended, p),
              endedAtProbe(ended)
                ? `help: no workload was touched; when the cause is mended, \`wasmcast ${again(command)}\` begins anew`
                : `help: \`wasmcast ${again(command)}\` goes on from what is there, ${back(ended)}`,
            ]
          : []),
      ];
    case 'interrupted':
      return [
        `${p.yellow('interrupted')}: ${where}, after ${count(result.writes, 'write')}; nothing is half written`,
        `help: \`wasmcast ${again(command)}\` goes on from here`,
      ];
  }
}

/** What was there before, as it was seen last. */
function restored({ live, instances }: RolloutResult): string {
  if (live === instances) return 'what was there before is seen live again';
  return `what was there before is there again, seen live on ${live} of ${count(instances, 'instance')}`;
}

function removedLine(where: string, { instances, writes }: RolloutResult, p: Paint): string {
  const what = p.green(writes === 0 ? 'nothing to remove' : 'removed');
  const verb = instances === 1 ? 'runs' : 'run';
  return instances === 0
    ? `${what}: ${where}; it is on no instance`
    : `${what}: ${where}; ${count(instances, 'instance')} ${verb} nothing of it${writes === 0 ? '' : ' any more'}`;
}

/** Nothing is called live that was not seen live: without an instance nobody could. */
function liveLine(where: string, { instances, writes, revision }: RolloutResult, p: Paint): string {
  const seen =
    instances === 0
      ? `${p.yellow('on no instance')}: ${where}; nothing can be seen live`
      : `${p.green('live')}: ${where}, ${count(instances, 'instance')} of ${instances} seen as wanted`;
  const written = writes === 0 ? '; nothing was written' : '';
  return `${seen}${written}${revision === undefined ? '' : `; revision ${revision}`}`;
}

/** The command that goes on where this one was: not one that would decide once more what was decided once. */
function again(command: string): string {
  return command === 'promote' || command === 'retry' ? 'resume' : command;
}

/** True if something was written, or could have been. */
function hasBegun({ result, evidence }: Ended): boolean {
  return (
    result.writes > 0 ||
    result.failedStep !== undefined ||
    evidence.wave !== undefined ||
    evidence.probes !== undefined
  );
}

/** True if a probe kept the first wave from beginning. */
function endedAtProbe({ evidence }: Ended): boolean {
  return evidence.wave === undefined && (evidence.probes ?? []).some((probe) => probe.outcome !== 'pass');
}

/** How to get back: a rollout that stopped in its waves is aborted; after it there is a revision to go back to. */
function back({ evidence }: Ended): string {
  return evidence.wave === undefined
    ? '`wasmcast rollback` goes back to what was live'
    : '`wasmcast abort` goes back to what was live';
}
