import type { Diagnostic, SourceSpan } from './diagnostic.ts';
import { displayWidth, printable } from './printable.ts';

const colors = { error: '\u001b[1;31m', warning: '\u001b[1;33m', info: '\u001b[1;36m' } as const;
const bold = '\u001b[1m';
const blue = '\u001b[1;34m';
const reset = '\u001b[0m';

/** Characters of a source line that are shown; of longer ones a window around the fault. */
const window = 160;

/**
 * A diagnostic as lines of text for people, without a line break at the end:
 *
 *     error[WC-MAN-031]: no filter is named `hallo`
 *      --> wasmcast.yaml:14:11
 *       |
 *    14 |   chain: [hallo]
 *       |           ^^^^^
 *     help: did you mean `hello`?
 *
 * What comes from outside cannot steer the terminal: control characters are replaced.
 */
export function formatDiagnostic(diagnostic: Diagnostic, options: { readonly color: boolean }): string {
  const { severity, code, summary, help, detail, source, subject } = diagnostic;
  const paint = (color: string, text: string): string => (options.color ? `${color}${text}${reset}` : text);
  const lines = [
    `${paint(colors[severity], `${severity}[${code}]`)}${paint(bold, `: ${printable(summary)}`)}`,
  ];
  if (source !== undefined) {
    const place = `${printable(source.file)}:${source.line}:${source.column}`;
    lines.push(` ${paint(blue, '-->')} ${place}`, ...frame(source, paint, colors[severity]));
  } else if (subject !== undefined) {
    lines.push(` ${paint(blue, '-->')} ${printable(subject)}`);
  }
  lines.push(...(detail ?? []).flatMap((text) => text.split(/\r?\n/)).map((line) => `  ${printable(line)}`));
  if (help !== undefined) lines.push(`${paint(bold, 'help')}: ${printable(help)}`);
  return lines.join('\n');
}

function frame(
  source: SourceSpan,
  paint: (color: string, text: string) => string,
  color: string,
): readonly string[] {
  const number = String(source.line);
  const gutter = (text: string): string => `  ${paint(blue, `${text.padStart(number.length)} |`)}`;
  const at = source.column - 1;
  // Lines can be cut by whoever made the span; then there is no place to point at.
  const visible = at <= source.lineText.length;
  const from = visible && at > window / 2 ? at - window / 2 : 0;
  const to = Math.min(source.lineText.length, from + window);
  const before = printable(source.lineText.slice(from, at));
  const marked = printable(source.lineText.slice(at, Math.min(to, at + source.length)));
  const text = visible
    ? printable(source.lineText.slice(from, to))
    : printable(source.lineText.slice(0, window));
  const start = from > 0 ? '…' : '';
  const end = to < source.lineText.length ? '…' : '';
  const shown = [gutter(''), `${gutter(number)} ${start}${text}${end}`.trimEnd()];
  if (!visible) return shown;
  const indent = ' '.repeat(displayWidth(start + before));
  const carets = '^'.repeat(Math.max(1, displayWidth(marked)));
  return [...shown, `${gutter('')} ${indent}${paint(color, carets)}`];
}
