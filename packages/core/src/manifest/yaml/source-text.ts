import type { SourceSpan } from '../../diagnostic.ts';

/** A half-open stretch of offsets. */
export type Range = readonly [start: number, end: number];

/** Longer lines are cut in diagnostics: one of megabytes under each of two hundred faults would be shown by nobody. */
const maxLineText = 10_000;

/** One manifest file: turns offsets into lines and columns, and hides what looks like a secret. */
export interface SourceText {
  readonly file: string;
  /** Place of this file among the sources of one call. */
  readonly order: number;
  readonly text: string;
  /** Line (from 1) of an offset. */
  line(offset: number): number;
  /** The first line's part of a range; never empty, always inside the text. */
  span(range: Range): SourceSpan;
  /** From now on the characters of this range are shown as `*`. */
  hide(range: Range): void;
}

/** Indexes a text. A byte order mark must have been taken off, or columns of the first line are one too large. */
export function createSourceText(file: string, order: number, text: string): SourceText {
  const starts = [0];
  for (let i = text.indexOf('\n'); i >= 0; i = text.indexOf('\n', i + 1)) starts.push(i + 1);
  // Errors at the end of input point behind the last thing that was written, not at an empty line below it.
  const lastOffset = text.trimEnd().length;
  const hidden: Range[] = [];

  const indexOf = (offset: number): number => {
    let low = 0;
    let high = starts.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if ((starts[middle] ?? 0) <= offset) low = middle;
      else high = middle - 1;
    }
    return low;
  };
  const masked = (start: number, end: number): string => {
    let line = text.slice(start, end);
    for (const [from, to] of hidden) {
      const a = Math.max(from, start) - start;
      const b = Math.min(to, end) - start;
      if (a < b) line = line.slice(0, a) + '*'.repeat(b - a) + line.slice(b);
    }
    return line;
  };

  return {
    file,
    order,
    text,
    line: (offset) => indexOf(Math.min(offset, lastOffset)) + 1,
    hide: (range) => void hidden.push(range),
    span: ([from, to]) => {
      const offset = Math.max(0, Math.min(from, lastOffset));
      const index = indexOf(offset);
      const start = starts[index] ?? 0;
      let end = (starts[index + 1] ?? text.length + 1) - 1;
      if (end > start && text[end - 1] === '\r') end--;
      const column = Math.min(offset, end) - start + 1;
      const marked = text.slice(start + column - 1, Math.min(Math.max(to, offset), end)).trimEnd().length;
      return {
        file,
        line: index + 1,
        column,
        length: Math.max(1, marked),
        lineText: masked(start, Math.min(end, start + maxLineText)),
      };
    },
  };
}
