import {
  type Action,
  type DesiredFilter,
  configurationText,
  filterChanges,
  printable,
  shortDigest,
} from '@wasmcast/core';
import { type Paint, columns, size } from './text.ts';

const glyphs: Record<Action['kind'], string> = {
  install: '+',
  update: '~',
  reconfigure: '~',
  reorder: '~',
  remove: '-',
  repair: '!',
};

/** What becomes of each filter, by workload; `note` stands behind the name of a workload. */
export function actionLines(
  { target, actions }: { readonly target: string; readonly actions: readonly Action[] },
  p: Paint,
  note: (workload: string) => string = () => '',
): readonly string[] {
  return [...Map.groupBy(actions, (action) => action.workload)].flatMap(([workload, list]) => [
    `  ${printable(workload.slice(target.length + 1))}${note(workload)}`,
    columns(list.map((action) => row(action, p))).replaceAll(/^/gm, '    '),
  ]);
}

function row(action: Action, p: Paint): readonly string[] {
  const { filter, kind, direction } = action;
  return [glyph(action, p), printable(filter), kind, p.dim(direction), printable(describe(action))];
}

function glyph({ kind }: Action, p: Paint): string {
  if (kind === 'install') return p.green(glyphs[kind]);
  return kind === 'remove' ? p.red(glyphs[kind]) : p.yellow(glyphs[kind]);
}

function describe({ kind, before, after }: Action): string {
  switch (kind) {
    case 'install':
    case 'repair':
      return after === undefined ? '' : filterText(after);
    case 'remove':
      return before === undefined ? '' : `module ${shortDigest(before.moduleDigest)}`;
    case 'update':
    case 'reconfigure':
      return before === undefined || after === undefined ? '' : changesText(before, after);
    case 'reorder':
      return 'moves to another place in the chain';
  }
}

function filterText(filter: DesiredFilter): string {
  const config = brief(configurationText(filter.config));
  const more = config === '' ? '' : `, config ${config}`;
  return `module ${shortDigest(filter.moduleDigest)} (${size(filter.moduleSize)}) by ${filter.delivery}${more}`;
}

/** `module 1f… -> 2e… by image, config.header "a" -> "b"` */
function changesText(before: DesiredFilter, after: DesiredFilter): string {
  const changes = filterChanges(before, after).map(
    ({ field, before: was, after: is }) => `${field} ${brief(was ?? 'none')} -> ${brief(is ?? 'none')}`,
  );
  if (before.moduleDigest === after.moduleDigest) return changes.join(', ');
  const module = `module ${shortDigest(before.moduleDigest)} -> ${shortDigest(after.moduleDigest)} by ${after.delivery}`;
  return [module, ...changes].join(', ');
}

/** At most one line's worth: a plan that is saved has it whole. */
function brief(value: string): string {
  const text = value.replaceAll(/\s+/g, ' ');
  return text.length > 60 ? `${text.slice(0, 57)}...` : text;
}
