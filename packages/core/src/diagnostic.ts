import type { ExitName } from './errors.ts';

/** A stretch of a source file. Lines and columns count from 1; `lineText` is the whole first line. */
export interface SourceSpan {
  readonly file: string;
  readonly line: number;
  readonly column: number;
  /** Number of columns to underline on that line, at least 1. */
  readonly length: number;
  readonly lineText: string;
}

/**
 * One fault or remark about something the user gave us. The pure parts of wasmcast return these instead of throwing, so
 * that all faults are shown at once.
 */
export interface Diagnostic {
  readonly severity: 'error' | 'warning' | 'info';
  /** Stable, `WC-` + area + number, e.g. `WC-MAN-007`. */
  readonly code: string;
  /** What is wrong, in one sentence without a full stop. */
  readonly summary: string;
  /** What to do about it. */
  readonly help?: string;
  /** Further lines of evidence, e.g. the log lines of a filter. */
  readonly detail?: readonly string[];
  /** Where, when it stands in a file. */
  readonly source?: SourceSpan;
  /** Which thing it is about, when it is not a place in a file: a workload's address, a module's name. */
  readonly subject?: string;
  /** How a command that is stopped by this fault ends, when not as `invalid`. */
  readonly exit?: ExitName;
}

/** True if any of them is an error. */
export function hasErrors(diagnostics: readonly Diagnostic[]): boolean {
  return diagnostics.some((d) => d.severity === 'error');
}
