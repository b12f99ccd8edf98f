import { type Action, type Revision, diffRevisions, printable } from '@wasmcast/core';
import { type Paint, columns, count } from './text.ts';

/** How many filters of how many workloads became what. */
export type Changed = Readonly<Partial<Record<Action['kind'], number>>>;

/** The revisions of a fleet on a target, a line each: when, who, how, what, and from which source. */
export function historyText(fleet: string, target: string, revisions: readonly Revision[], p: Paint): string {
  const rows = revisions.map((revision, i) => [
    String(revision.number),
    printable(revision.at),
    printable(revision.by),
    printable(revision.cause),
    `${count(revision.filters.length, 'filter')} on ${count(revision.chains.length, 'chain')}`,
    changedText(whatChanged(revisions[i - 1], revision)),
    revision.source === undefined ? '' : `from ${printable(revision.source)}`,
  ]);
  const table = rows.length === 0 ? `no revision of fleet ${fleet} on ${target}` : columns(rows);
  return `${p.bold(`target ${target}`)}\n${table}\n`;
}

/** What a revision changed; undefined if the one before it is forgotten. */
export function whatChanged(before: Revision | undefined, revision: Revision): Changed | undefined {
  if (before === undefined && revision.number > 1) return undefined;
  const kinds = Map.groupBy(diffRevisions(before, revision), ({ kind }) => kind);
  return Object.fromEntries([...kinds].map(([kind, list]) => [kind, list.length]));
}

/** `2 install, 1 reconfigure`; nothing where that is not known. */
function changedText(changed: Changed | undefined): string {
  if (changed === undefined) return '';
  return Object.entries(changed)
    .map(([kind, n]) => `${n} ${kind}`)
    .join(', ');
}
