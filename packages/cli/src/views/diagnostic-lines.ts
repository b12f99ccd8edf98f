import { type Diagnostic, formatDiagnostic, printable } from '@wasmcast/core';
import { bounded } from './text.ts';

/** So many warnings of one code are shown at length; a fleet of a thousand workloads may have one for each. */
const atLength = 5;

/** Faults and remarks as people read them. Every fault is shown; of many warnings of one code the rest is told by subject. */
export function diagnosticLines(list: readonly Diagnostic[], color: boolean): readonly string[] {
  const rest = new Map<string, string[]>();
  const shown = new Map<string, number>();
  const lines: string[] = [];
  for (const diagnostic of list) {
    const { severity, code, subject, summary } = diagnostic;
    const count = shown.get(code) ?? 0;
    if (severity === 'error' || count < atLength) {
      shown.set(code, count + 1);
      lines.push(formatDiagnostic(diagnostic, { color }));
      continue;
    }
    const others = rest.get(code) ?? [];
    rest.set(code, others);
    others.push(subject ?? summary);
  }
  for (const [code, others] of rest) {
    const names = printable(bounded(others, 3));
    lines.push(`and ${others.length} more with ${code}: ${names} (-o json has them all)`);
  }
  return lines;
}
