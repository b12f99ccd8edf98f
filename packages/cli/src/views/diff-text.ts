import { type Action, type Revision, printable } from '@wasmcast/core';
import { actionLines } from './action-text.ts';
import type { Paint } from './text.ts';

/** What two revisions made live differently. */
export function diffText(
  target: string,
  before: Revision,
  after: Revision,
  actions: readonly Action[],
  p: Paint,
): string {
  const lines = [
    p.bold(`target ${target}`),
    `${p.red('---')} ${named(before)}`,
    `${p.green('+++')} ${named(after)}`,
    ...(actions.length === 0 ? ['  the same is live'] : actionLines({ target, actions }, p)),
  ];
  return `${lines.join('\n')}\n`;
}

function named({ number, at, by, cause, source }: Revision): string {
  const from = source === undefined ? '' : `, from ${source}`;
  return printable(`revision ${number} (${cause} by ${by} at ${at}${from})`);
}
