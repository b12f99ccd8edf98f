import { join } from 'node:path';
import type { Diagnostic, SourceSpan } from '@wasmcast/core';
import { adviceFor, withShortNames } from './compiler-advice.ts';

/** The parts of asc's structured diagnostics that are used here (`DiagnosticMessage` of assemblyscript/asc). */
export interface CompilerFault {
  readonly code: number;
  /** 0 pedantic, 1 info, 2 warning, 3 error. */
  readonly category: number;
  readonly message: string;
  readonly range: CompilerRange | null;
  readonly relatedRange: CompilerRange | null;
}

/** A stretch of a source file by UTF-16 offsets. */
export interface CompilerRange {
  readonly start: number;
  readonly end: number;
  /** Relative to the project's folder, or `~lib/…` for packages and the compiler's own library. */
  readonly source: { readonly normalizedPath: string } | null;
}

/** What the faults need to be shown: the texts of the sources, and the project's folder as the user wrote it. */
export interface FaultContext {
  readonly root: string;
  readonly textOf: (normalizedPath: string) => string | undefined;
}

/** `DiagnosticCode.User_defined_0`: what a transform says in words of its own. */
const userDefined = 102;
/** `DiagnosticCode.File_0_not_found`. */
const fileNotFound = 6054;

/** Turns all that the compiler reported into diagnostics, each fault once, in the order reported. */
export function toDiagnostics(
  faults: readonly CompilerFault[],
  context: FaultContext,
): readonly Diagnostic[] {
  const byText = new Map<string, Diagnostic>();
  for (const fault of faults) {
    if (fault.category < 2) continue;
    const diagnostic = toDiagnostic(fault, context);
    byText.set(JSON.stringify(diagnostic), diagnostic);
  }
  return [...byText.values()];
}

function toDiagnostic(fault: CompilerFault, context: FaultContext): Diagnostic {
  const [main, other] = usersFirst(fault.range, fault.relatedRange);
  const source = main === null ? undefined : spanOf(main, context);
  const related = other === null ? undefined : spanOf(other, context);
  const family = fault.code >= 1000 ? `TS${fault.code}` : `AS${fault.code}`;
  const detail = fault.code === userDefined ? [] : [`reported by AssemblyScript as ${family}`];
  if (related !== undefined) {
    detail.push(`see also ${related.file}:${related.line}:${related.column}: ${related.lineText.trim()}`);
  }
  // What is not found is shown whole: there the path matters. The compiler's name for what a transform says is nobody's matter.
  const message = fault.code === fileNotFound ? fault.message : withShortNames(fault.message);
  const summary = message.replace(/^User-defined: /, '').replace(/\.$/, '');
  const help =
    fault.code === userDefined ? undefined : adviceFor(fault.code, summary, textFrom(main, context));
  return {
    severity: fault.category === 3 ? 'error' : 'warning',
    code: fault.category === 3 ? 'WC-BLD-001' : 'WC-BLD-002',
    summary,
    ...(help === undefined ? {} : { help }),
    ...(detail.length === 0 ? {} : { detail }),
    ...(source === undefined ? {} : { source }),
  };
}

/** The beginning of what a range points to. */
function textFrom(range: CompilerRange | null, { textOf }: FaultContext): string {
  const path = range?.source?.normalizedPath;
  if (range === null || path === undefined) return '';
  return textOf(path)?.slice(range.start, range.start + 80) ?? '';
}

/** A fault inside a library that was caused by a line of the user's is shown at that line. */
function usersFirst(
  a: CompilerRange | null,
  b: CompilerRange | null,
): readonly [CompilerRange | null, CompilerRange | null] {
  const inLibrary = (range: CompilerRange | null): boolean =>
    range?.source?.normalizedPath.startsWith('~lib/') ?? true;
  return inLibrary(a) && !inLibrary(b) ? [b, a] : [a, b];
}

function spanOf(range: CompilerRange, context: FaultContext): SourceSpan | undefined {
  const path = range.source?.normalizedPath;
  if (path === undefined) return undefined;
  const text = context.textOf(path);
  const file = path.startsWith('~lib/') ? path : join(context.root, path);
  if (text === undefined) return { file, line: 1, column: 1, length: 1, lineText: '' };
  const start = Math.min(Math.max(range.start, 0), text.length);
  const before = text.slice(0, start);
  const lineStart = before.lastIndexOf('\n') + 1;
  const newline = text.indexOf('\n', start);
  const lineEnd = newline === -1 ? text.length : newline;
  const end = Math.min(Math.max(range.end, start + 1), Math.max(lineEnd, start + 1));
  return {
    file,
    line: before.split('\n').length,
    column: start - lineStart + 1,
    length: end - start,
    lineText: text.slice(lineStart, lineEnd).replace(/\r$/, ''),
  };
}
