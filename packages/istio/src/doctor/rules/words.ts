import type { FilterVerdict } from '@wasmcast/core';
import type { Warning } from '../events.ts';

/** What the verdicts themselves say, once each. */
export function verdictWords(verdicts: readonly FilterVerdict[]): readonly string[] {
  const words = verdicts.map(({ verdict, evidence }) =>
    evidence === undefined ? verdict : `${verdict}: ${evidence}`,
  );
  return [...new Set(words)];
}

export function warningText({ reason, message }: Warning): string {
  return `event ${reason}: ${message}`;
}
