import { expect, test } from 'vitest';
import { formatDiagnostic } from '../diagnostic-format.ts';
import { parseCases } from './parse-cases.ts';

test('a sound file is read, and says where its cases stand', () => {
  const text = 'config: plain\ncases:\n  - name: one\n  - name: two\n    expect: {upstream: false}\n';
  const { cases, diagnostics, locate } = parseCases({ file: 'a.test.yaml', text });
  expect(diagnostics).toEqual([]);
  expect(cases).toEqual({
    config: 'plain',
    strict: true,
    cases: [{ name: 'one' }, { name: 'two', expect: { upstream: false } }],
  });
  expect(locate(1)).toMatchObject({ file: 'a.test.yaml', line: 4, column: 11 });
});

test('every fault is told with its place and what to do', () => {
  const text = [
    'strict: maybe',
    'cases:',
    '  - name: one',
    '    request: {methd: POST, headers: {a: {b: c}}}',
    '    after: 5 minutes',
    '    expect: {upstream: true, response: {status: 2000, body: {matches: "("}}, metrics: {a: x}}',
    '  - request: {}',
  ].join('\n');
  const { cases, diagnostics } = parseCases({ file: 'a.test.yaml', text });
  expect(cases).toBeUndefined();
  const told = diagnostics.map(
    ({ code, source, help }) => `${source?.line}:${source?.column} ${code} ${help}`,
  );
  expect(told).toMatchInlineSnapshot(`
    [
      "1:9 WC-MAN-024 write \`true\`, \`false\` or \`findings\`",
      "4:15 WC-MAN-020 did you mean \`method\`?",
      "4:41 WC-MAN-024 write a text, or a list for a repeated header",
      "5:12 WC-MAN-024 write a time such as \`500ms\`, \`90s\` or \`5m\`",
      "6:24 WC-MAN-024 write what the upstream gets, or \`false\` when it gets nothing",
      "6:49 WC-MAN-024 use 200 to 599",
      "6:71 WC-MAN-024 this is no regular expression of JavaScript",
      "6:91 WC-MAN-022 undefined",
      "7:5 WC-MAN-021 add \`name\`",
    ]
  `);
  expect(diagnostics.map((one) => formatDiagnostic(one, { color: false })).join('\n')).not.toContain(
    'undefined',
  );
});

test.each(['', 'cases: []', 'cases: 5', '- a', 'cases: [{name: a}]\n---\ncases: []', 'a: [', '\0'])(
  'no tests, no exception: %j',
  (text) => {
    const { cases, diagnostics } = parseCases({ file: 'a.test.yaml', text });
    expect(cases).toBeUndefined();
    expect(diagnostics[0]).toMatchObject({ severity: 'error', source: { file: 'a.test.yaml' } });
  },
);
