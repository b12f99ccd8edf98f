import { AssertionError } from 'node:assert';
import { assertNever } from '@wasmcast/core';
import type { Compared } from './compare.ts';

/** The difference as `assert` shows it, and what happened around it. */
export function failure({ actual, expected }: Compared, trace: readonly string[]): Error {
  const { message } = new AssertionError({ actual, expected, operator: 'deepStrictEqual' });
  const around = trace.length > 0 ? `\nwhat the filter did:\n${trace.join('\n')}\n` : '';
  const error = new Error(message + around);
  // Where in this harness it was found helps nobody.
  error.stack = error.message;
  return error;
}

/** A text that fits on a line or two. */
export function clip(text: string): string {
  return text.length > 200 ? `${text.slice(0, 200)}…` : text;
}

/** Of `500ms`, `90s`, `5m`, `1h`: the schema lets nothing else pass. */
export function milliseconds(text: string): number {
  const unit = text.replace(/^\d+/, '') as 'ms' | 's' | 'm' | 'h';
  const count = Number.parseInt(text, 10);
  switch (unit) {
    case 'ms':
      return count;
    case 's':
      return count * 1000;
    case 'm':
      return count * 60_000;
    case 'h':
      return count * 3_600_000;
    default:
      return assertNever(unit);
  }
}
