import { describe, expect, it, test } from 'vitest';
import { manifestLimits } from '../limits.ts';
import { parseManifest } from '../parse-manifest.ts';
import { compareFaults, manifest, unmark } from '../testing/marked.ts';

const withConfig = (config: string): string =>
  manifest({ filters: `- name: hello\n  module: {file: ./hello.wasm}\n  config:\n    ${config}` });

describe('what YAML allows and a manifest does not', () => {
  const table: readonly (readonly [name: string, text: string, codes: readonly string[]])[] = [
    ['duplicate key', manifest({ rest: '«filters»: []' }), ['003']],
    ['duplicate key in a flow mapping', withConfig('{a: 1, «a»: 2}'), ['003']],
    ['number as key', withConfig('{«1»: a}'), ['004']],
    ['truth value as key', withConfig('{«true»: a}'), ['004']],
    ['mapping as key', withConfig('{«{a: b}»: c}'), ['004']],
    ['null as key', withConfig('{«~»: c}'), ['004']],
    ['prototype', withConfig('{«__proto__»: {a: 1}}'), ['004']],
    ['quoted prototype', withConfig('{«"__proto__"»: {a: 1}}'), ['004']],
    ['large integer', withConfig('id: «9007199254740993»'), ['005']],
    ['large even integer', withConfig('id: «9007199254740994»'), ['005']],
    ['large hexadecimal integer', withConfig('id: «0xffffffffffffffff»'), ['005']],
    ['too many digits', withConfig('pi: «3.14159265358979323846»'), ['005']],
    ['too large', withConfig('x: «1e999»'), ['005']],
    ['too small', withConfig('x: «1e-999»'), ['005']],
    ['infinity', withConfig('x: [1, «-.inf», 3]'), ['005']],
    ['not a number', withConfig('x: «.nan»'), ['005']],
    ['leading zero', withConfig('mode: «0644»'), ['006']],
    ['date', withConfig('since: «2024-01-31»'), ['006']],
    ['timestamp', withConfig('since: «2024-01-31T10:00:00Z»'), ['006']],
    ['tag', withConfig('a: «!secret» b'), ['007']],
    ['timestamp by tag', withConfig('a: «!!timestamp» "2024-01-31"'), ['007']],
    ['binary by tag', withConfig('a: «!!binary» aGVsbG8='), ['007']],
    ['merge key', withConfig('{«<<»: {a: 1}}'), ['007']],
    ['alias of itself', withConfig('&a {b: «*a»}'), ['007']],
    ['alias of nothing', withConfig('{b: «*a»}'), ['001']],
    ['YAML 1.1', `«%YAML» 1.1\n---\n${manifest({})}`, ['007']],
    ['tab', manifest({ rest: 'rollout:\n«\t»timeout: 5m' }), ['001']],
  ];
  test.each(table)('%s', (_name, text, codes) => {
    const { found, wanted, parsed } = compareFaults(text, codes);
    expect(found).toEqual(wanted);
    expect(parsed.fleet).toBeUndefined();
  });

  it('says how to write a number that would change', () => {
    const [fault] = parseManifest([{ file: 'f', text: withConfig('id: 9007199254740993') }]).diagnostics;
    expect(fault?.summary).toBe('the number 9007199254740993 would arrive as 9007199254740992');
    expect(fault?.help).toBe('put it in quotes to pass it on as text: "9007199254740993"');
  });
});

describe('what is read as it is', () => {
  test.each([
    [
      '{a: 1.50, b: -0, c: 1e3, d: 0x1F, e: 9007199254740991}',
      { a: 1.5, b: 0, c: 1000, d: 31, e: 9007199254740991 },
    ],
    [
      '{a: "2024-01-31", b: "0644", c: 10:30, d: yes, e: v1.10}',
      { a: '2024-01-31', b: '0644', c: '10:30', d: 'yes', e: 'v1.10' },
    ],
    ['{a: 0.1, b: 1e300, c: 5e-324, d: 123456789.125}', { a: 0.1, b: 1e300, c: 5e-324, d: 123456789.125 }],
    ['{a: &x [1, 2], b: *x, constructor: 1}', { a: [1, 2], b: [1, 2], constructor: 1 }],
    ['{"<<": 1, "1": null, nested: {deep: [[true]]}}', { '<<': 1, '1': null, nested: { deep: [[true]] } }],
  ])('%s', (config, value) => {
    const { fleet, diagnostics } = parseManifest([{ file: 'f', text: withConfig(config) }]);
    expect(diagnostics).toEqual([]);
    expect(fleet?.filters[0]?.config).toEqual({ kind: 'json', value });
  });

  it('takes a byte order mark and CRLF as nothing', () => {
    const text = `\uFEFF${manifest({ rest: 'rollout: {tmeout: 5m}' }).replaceAll('\n', '\r\n')}`;
    const [fault] = parseManifest([{ file: 'f', text }]).diagnostics;
    expect(fault?.source).toEqual({
      file: 'f',
      line: 10,
      column: 11,
      length: 6,
      lineText: 'rollout: {tmeout: 5m}',
    });
  });
});

describe('documents that do not parse', () => {
  it('does not hide the faults of the others, and calls nothing missing', () => {
    const broken = 'apiVersion: wasmcast.dev/v1alpha1\nkind: Fleet\nfilters: [a«»\n---\n';
    const marked = `${broken}${manifest({ rest: 'rollout: {«tmeout»: 5m}', filters: '- {name: other, module: {file: a}}', bindings: '- {name: all, target: prod, select: {namespace: foo, name: web}, chain: [other]}' })}`;
    const { text, marks } = unmark(marked);
    const { diagnostics } = parseManifest([{ file: 'f', text }]);
    expect(diagnostics.at(0)?.code).toBe('WC-MAN-001');
    expect(diagnostics.at(-1)).toMatchObject({ code: 'WC-MAN-020', source: marks[1] });
    expect(diagnostics.filter((d) => !['WC-MAN-001', 'WC-MAN-020'].includes(d.code))).toEqual([]);
  });

  it('calls no filter unknown that the broken one may define', () => {
    const broken = 'apiVersion: wasmcast.dev/v1alpha1\nkind: Fleet\nfilters: [a\n---\n';
    const text = `${broken}${manifest({ bindings: '- {name: all, target: prd, select: {namespace: foo, name: web}, chain: [other]}' })}`;
    const codes = parseManifest([{ file: 'f', text }]).diagnostics.map((d) => d.code);
    expect(new Set(codes)).toEqual(new Set(['WC-MAN-001']));
  });

  it('tells the first faults of a file and counts the others, in all its documents', () => {
    const { diagnostics } = parseManifest([
      { file: 'README.md', text: 'a: b: c\n---\n'.repeat(20) },
      { file: 'other', text: 'a: b: c' },
    ]);
    const [first, last] = [diagnostics[0], diagnostics[manifestLimits.syntaxFaults]];
    expect(diagnostics.map((d) => d.source?.file)).toEqual([...Array(6).fill('README.md'), 'other']);
    expect(first?.summary).toMatch(/^the YAML does not parse/);
    expect(last).toMatchObject({
      summary: '15 more places do not parse, from here on',
      source: { line: 11 },
    });
  });

  it.each([
    ['a module', '\0asm\u0001\0\0\0: "'],
    ['UTF-16', manifest({}).replaceAll(/./g, '$&\0')],
  ])('says of %s once that it is no YAML', (_name, text) => {
    const { diagnostics } = parseManifest([{ file: 'x.wasm', text }]);
    expect(diagnostics.map((d) => [d.code, d.summary])).toEqual([
      ['WC-MAN-001', 'this is no YAML: it has a NUL byte'],
    ]);
  });

  it('points behind the last word when the text ends too early', () => {
    const { diagnostics } = parseManifest([{ file: 'f', text: 'kind: "Fleet\n\n\n' }]);
    expect(diagnostics[0]).toMatchObject({
      code: 'WC-MAN-001',
      help: 'close the quotation mark',
      source: { line: 1, column: 13, length: 1, lineText: 'kind: "Fleet' },
    });
  });

  test.each([
    'a: b: c',
    'a: @b',
    'a: [',
    'a: "x',
    '- a\nb: c',
    'a: "\\q"',
    'a: {b: - c}',
    'a\nb: c',
    '&a &b c',
    'a:\n - b\n  - c\n - d: e\n   f',
  ])('has help for %j', (text) => {
    const { diagnostics } = parseManifest([{ file: 'f', text }]);
    const syntax = diagnostics.filter((d) => d.code === 'WC-MAN-001');
    expect(syntax).not.toEqual([]);
    expect(syntax.filter((d) => d.help === undefined)).toEqual([]);
  });
});

describe('limits', () => {
  const only = (text: string): readonly string[] => [
    ...new Set(parseManifest([{ file: 'f', text }]).diagnostics.map((d) => d.code)),
  ];

  it('refuses a file that is too large, counted in bytes', () => {
    const half = manifestLimits.fileBytes / 2;
    expect(only(`# ${'ä'.repeat(half)}`)).toEqual(['WC-MAN-002']);
    expect(only(`# ${'a'.repeat(half)}\n${manifest({})}`)).toEqual([]);
  });

  it('refuses deep nesting, whatever it is made of', () => {
    const config = (depth: number): string => withConfig(`{a: ${'['.repeat(depth)}${']'.repeat(depth)}}`);
    expect(only(config(manifestLimits.depth - 4))).toEqual([]);
    expect(only(config(manifestLimits.depth - 3))).toEqual(['WC-MAN-002']);
    expect(only('- '.repeat(100_000))).toEqual(['WC-MAN-002']);
    expect(only('['.repeat(100_000))).toContain('WC-MAN-002');
  });

  it('refuses aliases that unfold to too much', () => {
    const levels = Array.from({ length: 30 }, (_, i) => `l${i + 1}: &l${i + 1} [*l${i}, *l${i}]`);
    expect(only(withConfig(`l0: &l0 [x]\n    ${levels.join('\n    ')}`))).toEqual(['WC-MAN-002']);
  });

  it('refuses thousands of documents', () => {
    expect(only('---\n'.repeat(manifestLimits.documents + 1))).toContain('WC-MAN-002');
  });

  it('counts the faults that it does not show', () => {
    const keys = Array.from({ length: 300 }, (_, i) => `k${i}: 1`);
    const { diagnostics } = parseManifest([{ file: 'f', text: manifest({ rest: keys.join('\n') }) }]);
    expect(diagnostics).toHaveLength(manifestLimits.findings + 1);
    expect(diagnostics.at(-1)).toMatchObject({ severity: 'error', summary: '100 more faults are not shown' });
  });

  it('guesses only so often', () => {
    const filters = Array.from({ length: 3000 }, (_, i) => `- {name: number-${i}, module: {file: a}}`);
    const chain = Array.from({ length: 3000 }, (_, i) => `nubmer-${i}`).join(', ');
    const bindings = `- {name: all, target: prod, select: {namespace: foo, name: web}, chain: [${chain}]}`;
    expect(only(manifest({ filters: filters.join('\n'), bindings }))).toContain('WC-MAN-031');
  });

  it('reads a mapping of fifty thousand keys in linear time', () => {
    const keys = Array.from({ length: 50_000 }, (_, i) => `k${i}: 1`);
    expect(only(withConfig(`{${keys.join(', ')}}`))).toEqual([]);
  });
});
