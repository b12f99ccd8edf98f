import type { Plan } from '@wasmcast/core';
import type { RolloutResult } from '@wasmcast/engine';
import { type Paint, count } from './text.ts';

/** How a rollout ended, and what to do next if it did not end well. */
export function resultText(command: string, plan: Plan, results: readonly RolloutResult[], p: Paint): string {
  const begun = new Set(results.map((result) => result.target));
  const left = plan.targets.filter((part) => !begun.has(part.target));
  return [
    ...results.flatMap((result) => lines(command, plan, result, p)),
    ...left.map((part) => `${p.yellow('not begun')}: fleet ${plan.fleet} on ${part.target}`),
    '',
  ].join('\n');
}

function lines(command: string, plan: Plan, result: RolloutResult, p: Paint): string[] {
  const all = count(result.instances, 'instance');
  const where = `fleet ${plan.fleet} on ${result.target}`;
  switch (result.outcome) {
    case 'live':
      if (plan.removeAll) return [`${p.green('removed')}: ${where}; ${all} run nothing of it any more`];
      return [
        `${p.green('live')}: ${where}, ${all} of ${result.instances} seen as wanted` +
          (result.writes === 0 ? '; nothing was written' : '') +
          (result.revision === undefined ? '' : `; revision ${result.revision}`),
      ];
    case 'not-live':
      return [
        `${p.red('not all live')}: ${where}, ${result.live} of ${all} after ${plan.timeoutMs / 1000} s`,
        `help: \`wasmcast status\` shows what they run; \`wasmcast ${command}\` goes on, \`wasmcast rollback\` goes back`,
      ];
    case 'failed':
      return [
        `${p.red('failed')}: ${where}, after ${count(result.writes, 'write')}`,
        ...(result.writes === 0 && result.failedStep === undefined
          ? []
          : [
              `help: \`wasmcast ${command}\` goes on from what is there, \`wasmcast rollback\` goes back to what was live`,
            ]),
      ];
    case 'interrupted':
      return [
        `${p.yellow('interrupted')}: ${where}, after ${count(result.writes, 'write')}; nothing is half written`,
        `help: \`wasmcast ${command}\` goes on from here`,
      ];
  }
}
