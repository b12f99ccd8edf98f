import type { JsonObject } from '@wasmcast/core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { findEntry, foreignEntries, putEntry, takeEntry } from './merge-entry.ts';

const entry = { name: 'wasmcast-shop', mountPath: '/var/local/lib/wasm-filters', readOnly: true };
const next = { ...entry, mountPath: '/elsewhere' };
const space = fc.stringMatching(/^[ \t\n]{0,3}$/);

/** The text of one foreign entry, in any formatting that JSON allows. */
const foreign = fc
  .tuple(fc.string(), fc.jsonValue({ maxDepth: 2 }), fc.nat({ max: 4 }))
  .map(([name, extra, indent]) => JSON.stringify({ name: `f-${name}`, extra: extra ?? null }, null, indent));

/** A whole annotation of others, array or object, with white space anywhere between tokens. */
const annotation = fc
  .record({
    entries: fc.array(foreign, { maxLength: 4 }),
    object: fc.boolean(),
    spaces: fc.array(space, { minLength: 20, maxLength: 20 }),
  })
  .map(({ entries, object, spaces }) => {
    const s = (i: number): string => spaces[i % spaces.length] ?? '';
    const members = entries.map((text, i) => {
      const key = object ? `${JSON.stringify(`k${i}"\\,]`)}${s(i + 7)}:` : '';
      return `${s(i)}${key}${s(i + 1)}${text}${s(i + 2)}`;
    });
    const inner = members.length === 0 ? s(3) : members.join(',');
    return `${s(4)}${object ? '{' : '['}${inner}${object ? '}' : ']'}${s(5)}`;
  });

describe('an entry of ours in an annotation of others', () => {
  it('comes and goes without a trace', () => {
    fc.assert(
      fc.property(fc.option(annotation, { nil: undefined }), (text) => {
        const put = putEntry(text, entry.name, entry);
        expect(findEntry(put, entry.name)).toEqual(entry);
        expect(takeEntry(put, entry.name)).toBe(text);
        const replaced = putEntry(put, entry.name, next);
        expect(findEntry(replaced, entry.name)).toEqual(next);
        expect(takeEntry(replaced, entry.name)).toBe(text);
      }),
    );
  });

  it('leaves foreign entries as they are, byte for byte, also those added after it', () => {
    fc.assert(
      fc.property(annotation, foreign, fc.boolean(), (text, late, atFront) => {
        const put = putEntry(text, entry.name, entry);
        const own = JSON.parse(put) as unknown;
        const member = Array.isArray(own) ? late : `"late":${late}`;
        const open = put.search(/[[{]/) + 1;
        const close = Math.max(put.lastIndexOf(']'), put.lastIndexOf('}'));
        const edited = atFront
          ? `${put.slice(0, open)}${member},${put.slice(open)}`
          : `${put.slice(0, close)},${member}${put.slice(close)}`;
        const left = takeEntry(edited, entry.name) ?? '';
        expect(left).toContain(late);
        const before = foreignEntries(text, entry.name);
        const others = atFront ? [JSON.parse(late), ...before] : [...before, JSON.parse(late)];
        expect(foreignEntries(left, entry.name)).toEqual(others as JsonObject[]);
        // Our part out of the edited text, and nothing else: what is left is a subsequence without our entry.
        expect(left.replaceAll(/[\s,]/g, '')).toBe(
          edited.replace(/("wasmcast-shop":)?\{"mountPath"[^}]*\}/, '').replaceAll(/[\s,]/g, ''),
        );
      }),
    );
  });

  it('finds an entry that somebody formatted anew', () => {
    const text = JSON.stringify([{ name: 'a' }, entry, { name: 'b' }], null, 2);
    expect(takeEntry(text, entry.name)).toBe('[\n  {\n    "name": "a"\n  },\n  {\n    "name": "b"\n  }\n]');
    expect(takeEntry(JSON.stringify([entry], null, 2), entry.name)).toBeUndefined();
  });

  it('takes the key of an object for a name that is not given', () => {
    expect(findEntry('{"wasmcast-shop":{"mountPath":"/x"}}', entry.name)).toEqual({ mountPath: '/x' });
  });

  it.each([
    ['', 'it is not JSON'],
    ['[{"name":', 'it is not JSON'],
    ['"x"', 'neither a JSON array nor a JSON object'],
    ['null', 'neither a JSON array nor a JSON object'],
    ['[1]', 'not a JSON object'],
  ])('says what is wrong with %j', (text, reason) => {
    expect(findEntry(text, entry.name)).toContain(reason);
  });
});
