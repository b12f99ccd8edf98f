import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatDiagnostic } from '../diagnostic-format.ts';
import { parseManifest } from './parse-manifest.ts';
import { manifest } from './testing/marked.ts';

const sound = manifest({
  filters:
    '- name: hello\n  module: {file: ./hello.wasm}\n  config: {a: [1, "x", {token: abc}]}\n  vm: {env: {A: b}}',
  rest: 'rollout:\n  timeout: 5m\n',
});

/** Pieces that YAML, or the reader, gives a meaning to. */
const piece = fc.constantFrom(
  '{',
  '}',
  '[',
  ']',
  ':',
  ': ',
  '- ',
  '\n',
  '\n  ',
  '\t',
  '"',
  "'",
  '&a ',
  '*a',
  '!x ',
  '!!int ',
  '? ',
  '| ',
  '> ',
  '#',
  '---\n',
  '...\n',
  '%YAML 1.1\n',
  '<<',
  '__proto__',
  '~',
  '.nan',
  '1e999',
  '0777',
  '2024-01-01',
  '\r\n',
  '\uFEFF',
  '\u0000',
  '\u{1f600}',
  'name',
  'filters',
  'kind: Fleet\n',
);

/** A sound manifest after some accidents. */
const broken = fc
  .array(
    fc.tuple(fc.nat(sound.length), fc.nat(12), fc.oneof(piece, fc.string({ unit: 'binary', maxLength: 4 }))),
    {
      minLength: 1,
      maxLength: 6,
    },
  )
  .map((edits) =>
    edits.reduce((text, [at, drop, insert]) => text.slice(0, at) + insert + text.slice(at + drop), sound),
  );

const anything = fc.oneof(
  broken,
  fc.array(piece, { maxLength: 40 }).map((pieces) => pieces.join('')),
  fc.string({ unit: 'binary', maxLength: 200 }),
  fc
    .json()
    .map((text) => `apiVersion: wasmcast.dev/v1alpha1\nkind: Fleet\nmetadata: ${text}\nfilters: ${text}`),
);

describe('parseManifest, of anything at all', () => {
  it('never throws, and every place lies inside its file', () => {
    fc.assert(
      fc.property(fc.array(anything, { minLength: 1, maxLength: 3 }), (texts) => {
        const sources = texts.map((text, i) => ({ file: `${i}`, text }));
        const { fleet, diagnostics } = parseManifest(sources);
        expect(fleet === undefined).toBe(diagnostics.some((d) => d.severity === 'error'));
        let last = -1;
        for (const { source, summary, code } of diagnostics) {
          expect(code).toMatch(/^WC-MAN-\d{3}$/);
          expect(summary).not.toMatch(/undefined|\[object/);
          if (source === undefined) continue;
          const lines = (texts[Number(source.file)] ?? '').replace(/^\uFEFF/, '').split('\n');
          expect(source.line).toBeLessThanOrEqual(lines.length);
          const line = (lines[source.line - 1] ?? '').replace(/\r$/, '');
          expect(source.lineText.length).toBe(line.length);
          expect(source.column).toBeGreaterThanOrEqual(1);
          expect(source.column - 1 + source.length).toBeLessThanOrEqual(Math.max(line.length, source.column));
          expect(source.length).toBeGreaterThanOrEqual(1);
          const place = Number(source.file) * 1e9 + source.line * 1e5 + source.column;
          expect(place).toBeGreaterThanOrEqual(last);
          last = place;
        }
        for (const diagnostic of diagnostics) {
          expect(formatDiagnostic(diagnostic, { color: false })).not.toMatch(/[^\P{Cc}\n]/u);
        }
      }),
      { numRuns: 600 },
    );
  });

  it('passes every JSON object on as it is', () => {
    // Numbers that are no safe integers, and this one key, are refused: they would not arrive as written.
    const value = fc
      .object({
        maxDepth: 4,
        values: [
          fc.string(),
          fc.boolean(),
          fc.constant(null),
          fc.maxSafeInteger(),
          fc.double({ noNaN: true, noDefaultInfinity: true, min: -1e15, max: 1e15 }),
        ],
      })
      .map((object) => JSON.parse(JSON.stringify(object)) as object)
      .filter((object) => !JSON.stringify(object).includes('__proto__'));
    fc.assert(
      fc.property(value, (config) => {
        const text = manifest({
          filters: `- {name: hello, module: {file: a}, config: ${JSON.stringify(config)}}`,
        });
        const { fleet, diagnostics } = parseManifest([{ file: 'f', text }]);
        expect(diagnostics.filter((d) => d.code !== 'WC-MAN-048')).toEqual([]);
        expect(fleet?.filters[0]?.config).toEqual({ kind: 'json', value: config });
      }),
      { numRuns: 300 },
    );
  });
});
