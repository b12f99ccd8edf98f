import type { Diagnostic } from '@wasmcast/core';
import { expect, test } from 'vitest';
import { diagnosticLines } from './diagnostic-lines.ts';

const of = (severity: Diagnostic['severity'], code: string, n: number): readonly Diagnostic[] =>
  Array.from({ length: n }, (_, i) => ({ severity, code, summary: `s${i}`, subject: `w${i}` }));

test('of many warnings of one code five are shown at length, the rest is counted and named', () => {
  const lines = diagnosticLines([...of('warning', 'WC-A-001', 9), ...of('warning', 'WC-B-001', 2)], false);
  expect(lines).toHaveLength(5 + 2 + 1);
  expect(lines.at(-1)).toBe('and 4 more with WC-A-001: w5, w6, w7 and 1 more (-o json has them all)');
});

test('every fault is shown', () => {
  expect(diagnosticLines(of('error', 'WC-A-001', 9), false)).toHaveLength(9);
});
