import { describe, expect, it } from 'vitest';
import { formatDiagnostic } from './diagnostic-format.ts';
import type { Diagnostic, SourceSpan } from './diagnostic.ts';

const span = (source: Partial<SourceSpan>): SourceSpan => ({
  file: 'wasmcast.yaml',
  line: 14,
  column: 11,
  length: 5,
  lineText: '  chain: [hallo]',
  ...source,
});
const fault: Diagnostic = {
  severity: 'error',
  code: 'WC-MAN-031',
  summary: 'no filter is named `hallo`',
  help: 'did you mean `hello`?',
  source: span({}),
};
const plain = (diagnostic: Partial<Diagnostic>): readonly string[] =>
  formatDiagnostic({ ...fault, ...diagnostic }, { color: false }).split('\n');

describe('formatDiagnostic', () => {
  it('shows where and what to do', () => {
    expect(plain({})).toEqual([
      'error[WC-MAN-031]: no filter is named `hallo`',
      ' --> wasmcast.yaml:14:11',
      '     |',
      '  14 |   chain: [hallo]',
      '     |           ^^^^^',
      'help: did you mean `hello`?',
    ]);
  });

  it('shows evidence, and the subject when there is no place', () => {
    const { source: _, help: __, ...bare } = fault;
    const text = formatDiagnostic(
      { ...bare, severity: 'warning', subject: 'prod/foo/Deployment/web', detail: ['first', 'a\nb'] },
      { color: false },
    );
    expect(text.split('\n')).toEqual([
      'warning[WC-MAN-031]: no filter is named `hallo`',
      ' --> prod/foo/Deployment/web',
      '  first',
      '  a',
      '  b',
    ]);
  });

  it('puts the caret under wide characters and behind tabs', () => {
    const lines = plain({ source: span({ lineText: '\tname: "日本" x', column: 13, length: 1 }) });
    expect(lines.slice(3, 5)).toEqual(['  14 |  name: "日本" x', `     |${' '.repeat(1 + 1 + 7 + 4 + 2)}^`]);
  });

  it('points behind the end of a line', () => {
    expect(plain({ source: span({ lineText: 'a: "b', column: 6, length: 1 }) }).slice(3, 5)).toEqual([
      '  14 | a: "b',
      '     |      ^',
    ]);
  });

  it('shows a window of a long line', () => {
    const lineText = `${'a'.repeat(5000)}HERE${'b'.repeat(5000)}`;
    const [, , , line = '', caret = ''] = plain({ source: span({ lineText, column: 5001, length: 4 }) });
    expect(line.length).toBeLessThan(200);
    expect(line.slice(caret.indexOf('^'), caret.lastIndexOf('^') + 1)).toBe('HERE');
  });

  it('lets nothing steer the terminal', () => {
    const evil = 'x\u001b[2J\u009b1m\r\u202ey';
    const text = formatDiagnostic(
      {
        severity: 'error',
        code: 'X',
        summary: evil,
        help: evil,
        detail: [evil],
        source: span({ file: evil, lineText: evil }),
      },
      { color: false },
    );
    expect(text).not.toMatch(/[^\P{Cc}\n]|\u202e/u);
    expect(text.split('\n')).toHaveLength(7);
  });

  it('colors only when asked, and says the same', () => {
    const colored = formatDiagnostic(fault, { color: true });
    expect(colored).toContain('\u001b[1;31merror[WC-MAN-031]\u001b[0m');
    // oxlint-disable-next-line no-control-regex
    expect(colored.replaceAll(/\u001b\[[0-9;]*m/g, '').split('\n')).toEqual(plain({}));
  });
});
