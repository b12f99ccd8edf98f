import type { Diagnostic } from '../diagnostic.ts';
import { manifestCodes, type ManifestCode } from './codes.ts';
import { manifestLimits } from './limits.ts';
import { rangeOf, type Located } from './yaml/located.ts';
import type { Range, SourceText } from './yaml/source-text.ts';

/** A fault before its source line is taken: that waits until everything that must not be shown is known. */
export interface Finding {
  readonly severity: 'error' | 'warning';
  readonly code: ManifestCode;
  readonly summary: string;
  readonly help?: string | undefined;
  /** Absent for a fault of the manifest as a whole. */
  readonly where?: { readonly source: SourceText; readonly range: Range };
}

/** Takes faults as they are found, in any order. */
export type Report = (finding: Finding) => void;

/** A fault of a value. */
export function errorAt(node: Located, code: ManifestCode, summary: string, help?: string): Finding {
  return { severity: 'error', code, summary, help, where: { source: node.source, range: rangeOf(node) } };
}

/** A remark on a value. */
export function warningAt(node: Located, code: ManifestCode, summary: string, help?: string): Finding {
  return { ...errorAt(node, code, summary, help), severity: 'warning' };
}

/** A fault of a key. */
export function errorAtKey(node: Located, code: ManifestCode, summary: string, help?: string): Finding {
  return {
    severity: 'error',
    code,
    summary,
    help,
    where: { source: node.source, range: node.keyRange ?? node.range },
  };
}

/** `file:line`, for a fault that points at one place and speaks of another. */
export function placeOf(node: Located): string {
  return `${node.source.file}:${node.source.line(rangeOf(node)[0])}`;
}

/**
 * All findings as diagnostics in the order of the sources; those of no place first. Beyond the limit they are counted, and
 * remarks give way to errors.
 */
export function toDiagnostics(findings: readonly Finding[]): Diagnostic[] {
  const sorted = findings.toSorted((a, b) => order(a) - order(b) || start(a) - start(b));
  const errors = sorted.filter((finding) => finding.severity === 'error');
  const remarks = sorted.filter((finding) => finding.severity === 'warning');
  const shown = new Set([...errors, ...remarks].slice(0, manifestLimits.findings));
  const diagnostics = sorted.filter((finding) => shown.has(finding)).map(toDiagnostic);
  const more = sorted.length - diagnostics.length;
  if (more > 0) {
    diagnostics.push({
      // An error among those not shown must still stop the command.
      severity: errors.length > manifestLimits.findings ? 'error' : 'warning',
      code: manifestCodes.limit,
      summary: `${more} more faults are not shown`,
      help: 'mend the first ones and read the manifest again',
    });
  }
  return diagnostics;
}

function toDiagnostic({ severity, code, summary, help, where }: Finding): Diagnostic {
  return {
    severity,
    code,
    summary,
    ...(help === undefined ? {} : { help }),
    ...(where === undefined ? {} : { source: where.source.span(where.range) }),
  };
}

function order(finding: Finding): number {
  return finding.where?.source.order ?? -1;
}

function start(finding: Finding): number {
  return finding.where?.range[0] ?? 0;
}
