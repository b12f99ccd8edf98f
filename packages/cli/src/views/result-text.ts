import type { Plan } from '@wasmcast/core';
import type { RolloutResult } from '@wasmcast/engine';
import { type Paint, count } from './text.ts';

/** How a rollout ended, and what to do next if it did not end well. */
export function resultText(command: string, plan: Plan, results: readonly RolloutResult[], p: Paint): string {
  return `${results.map((result) => lines(command, plan, result, p).join('\n')).join('\n')}\n`;
}

function lines(command: string, plan: Plan, result: RolloutResult, p: Paint): string[] {
  const all = count(result.verdicts.length, 'instance');
  const where = `fleet ${plan.fleet} on ${result.target}`;
  switch (result.outcome) {
    case 'live':
      if (plan.removeAll) return [`${p.green('removed')}: ${where}; ${all} run nothing of it any more`];
      return [
        `${p.green('live')}: ${where}, ${all} of ${result.verdicts.length} seen as wanted` +
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
        `help: \`wasmcast ${command}\` goes on from what is there, \`wasmcast rollback\` goes back`,
      ];
    case 'interrupted':
      return [
        `${p.yellow('interrupted')}: ${where}, after ${count(result.writes, 'write')}; nothing is half written`,
        `help: \`wasmcast ${command}\` goes on from here`,
      ];
  }
}
