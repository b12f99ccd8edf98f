import { type Drift, differenceText, printable } from '@wasmcast/core';
import type { Paint } from './text.ts';

const outcomes: Readonly<Record<Drift['policy'], string>> = {
  correct: 'apply makes it as it was',
  warn: 'apply leaves it (drift: warn)',
  ignore: 'apply leaves it (drift: ignore)',
};

/** What was changed since it was last made live, a line each: what, by whom, when, and what becomes of it. */
export function driftLines(drift: readonly Drift[] | undefined, p: Paint): readonly string[] {
  return (drift ?? []).map((each) => {
    const outcome = p.dim(`: ${outcomes[each.policy]}`);
    return `  ${p.yellow('drift')} ${printable(differenceText(each))}${outcome}`;
  });
}
