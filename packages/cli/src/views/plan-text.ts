import { type Plan, type TargetPlan, printable, writes } from '@wasmcast/core';
import { hasWork, targetHasWork } from '../fleet/has-work.ts';
import { actionLines } from './action-text.ts';
import { type Paint, count } from './text.ts';
import { unfinishedText } from './unfinished-text.ts';
import { driftLines } from './drift-text.ts';
import { orderLines } from './wave-text.ts';

/** A plan as people read it: what changes where, what it costs, in which order it is written. */
export function planText(plan: Plan, p: Paint): string {
  const parts = plan.targets.map((part) => targetText(part, plan, p));
  if (!hasWork(plan)) return `${parts.join('\n')}\nNothing to change.\n`;
  return `${parts.join('\n')}\n${ringLine(plan)}${summary(plan, p)}\n`;
}

function targetText(part: TargetPlan, plan: Plan, p: Paint): string {
  const versions = part.versions.length === 0 ? '' : p.dim(printable(`  (${part.versions.join(', ')})`));
  const lines = [`${p.bold(`target ${part.target}`)}${versions}`];
  const unfinished = unfinishedText(part);
  if (unfinished !== undefined) lines.push(`  ${p.yellow(unfinished)}`);
  lines.push(...driftLines(part.drift, p));
  if (!targetHasWork(part)) {
    const left = part.left?.length ?? 0;
    const state =
      left === 0
        ? 'as wanted'
        : `${count(left, 'workload')} left as others changed ${left === 1 ? 'it' : 'them'}`;
    return [
      ...lines,
      `  ${count(part.instances, 'instance')} on ${count(part.expected.length, 'chain')}: ${state}`,
    ].join('\n');
  }
  lines.push(...actionLines(part, p, (workload) => restartText(part, workload, p)));
  if (part.actions.length > 0) lines.push('');
  lines.push(...orderLines(part, plan.rollout, p));
  return `${lines.join('\n')}\n`;
}

function restartText(part: TargetPlan, workload: string, p: Paint): string {
  const restart = part.restarts.find((r) => r.workload === workload);
  if (restart === undefined) return '';
  const note = restart.note === undefined ? '' : `: ${printable(restart.note)}`;
  return p.yellow(`  restarts ${count(restart.instances, 'instance')}${note}`);
}

/** In which order targets are rolled out, if there are several to be. */
function ringLine({ targets }: Plan): string {
  const rings = targets.filter(targetHasWork).map(({ target }) => target);
  if (rings.length < 2) return '';
  return `Targets one after the other: ${rings.join(', ')}; one that does not end live stops those after it.\n`;
}

function summary(plan: Plan, p: Paint): string {
  const actions = plan.targets.flatMap((part) => part.actions);
  const kinds = Map.groupBy(actions, (action) => action.kind);
  const what = [...kinds].map(([kind, list]) => `${list.length} to ${kind}`).join(', ');
  const restarts = plan.targets.flatMap((part) => part.restarts).reduce((sum, r) => sum + r.instances, 0);
  const restartsText =
    restarts === 0 ? 'no instance restarts' : `${count(restarts, 'instance')} will restart`;
  return `${p.bold('Plan')}: ${what === '' ? idle(plan) : what}; ${count(writes(plan), 'write')}; ${restartsText}.`;
}

/** What a plan without actions does. */
function idle(plan: Plan): string {
  return writes(plan) === 0 ? 'go on' : 'clean up';
}
