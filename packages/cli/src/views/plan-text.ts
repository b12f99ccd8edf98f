import {
  type Action,
  type DesiredFilter,
  type Plan,
  type TargetPlan,
  configurationText,
  printable,
  shortDigest,
  writes,
} from '@wasmcast/core';
import { hasWork, targetHasWork } from '../fleet/has-work.ts';
import { type Paint, columns, count, size } from './text.ts';
import { unfinishedText } from './unfinished-text.ts';
import { driftLines } from './drift-text.ts';
import { orderLines } from './wave-text.ts';

const glyphs: Record<Action['kind'], string> = {
  install: '+',
  update: '~',
  reconfigure: '~',
  reorder: '~',
  remove: '-',
  repair: '!',
};

/** A plan as people read it: what changes where, what it costs, in which order it is written. */
export function planText(plan: Plan, p: Paint): string {
  const parts = plan.targets.map((part) => targetText(part, plan, p));
  if (!hasWork(plan)) return `${parts.join('\n')}\nNothing to change.\n`;
  return `${parts.join('\n')}\n${summary(plan, p)}\n`;
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
  let workload = '';
  const rows: string[][] = [];
  const flush = (): void => {
    if (rows.length > 0) lines.push(indent(columns(rows.splice(0)), 4));
  };
  for (const action of part.actions) {
    if (action.workload !== workload) {
      flush();
      workload = action.workload;
      lines.push(`  ${printable(workload.slice(part.target.length + 1))}${restartText(part, workload, p)}`);
    }
    rows.push([
      actionGlyph(action, p),
      printable(action.filter),
      action.kind,
      p.dim(action.direction),
      printable(describe(action)),
    ]);
  }
  flush();
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

function actionGlyph(action: Action, p: Paint): string {
  const glyph = glyphs[action.kind];
  if (action.kind === 'install') return p.green(glyph);
  return action.kind === 'remove' ? p.red(glyph) : p.yellow(glyph);
}

function describe({ kind, before, after }: Action): string {
  switch (kind) {
    case 'install':
    case 'repair':
      return after === undefined ? '' : filterText(after);
    case 'remove':
      return before === undefined ? '' : `module ${shortDigest(before.moduleDigest)}`;
    case 'update':
      return `module ${digestText(before)} -> ${digestText(after)}${after === undefined ? '' : ` by ${after.delivery}`}`;
    case 'reconfigure':
      return `config ${configText(before)} -> ${configText(after)}`;
    case 'reorder':
      return 'moves to another place in the chain';
  }
}

function filterText(filter: DesiredFilter): string {
  const config = configText(filter);
  return `module ${shortDigest(filter.moduleDigest)} (${size(filter.moduleSize)}) by ${filter.delivery}${config === 'none' ? '' : `, config ${config}`}`;
}

function digestText(filter: DesiredFilter | undefined): string {
  return filter === undefined ? '?' : shortDigest(filter.moduleDigest);
}

/** At most one line's worth: the plan file has it whole. */
function configText(filter: DesiredFilter | undefined): string {
  const text = filter === undefined ? '' : configurationText(filter.config).replaceAll(/\s+/g, ' ');
  if (text === '') return 'none';
  return text.length > 60 ? `${text.slice(0, 57)}...` : text;
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

function indent(text: string, by: number): string {
  return text.replaceAll(/^/gm, ' '.repeat(by));
}
