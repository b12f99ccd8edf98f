import path from 'node:path';
import type { Diagnostic } from '@wasmcast/core';

/** A file as its user would name it: relative to the working folder where that is shorter. */
export function shownPath(full: string, cwd: string): string {
  const relative = path.relative(cwd, full);
  return relative !== '' && relative.length < full.length ? relative : full;
}

/** A diagnostic whose source file is named as its user would. */
export function withShownPath(diagnostic: Diagnostic, cwd: string): Diagnostic {
  const { source } = diagnostic;
  if (source === undefined || !path.isAbsolute(source.file)) return diagnostic;
  return { ...diagnostic, source: { ...source, file: shownPath(source.file, cwd) } };
}
