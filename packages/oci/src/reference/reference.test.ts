import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { isOciError } from '../errors.ts';
import { formatReference, parseReference } from './reference.ts';

const hex = 'a'.repeat(64);

describe('an image reference', () => {
  test.each([
    ['filter', 'docker.io/library/filter'],
    ['filter:1', 'docker.io/library/filter:1'],
    ['team/filter', 'docker.io/team/filter'],
    ['index.docker.io/team/filter', 'docker.io/team/filter'],
    ['localhost/filter', 'localhost/filter'],
    ['localhost:5000/filter:1.4', 'localhost:5000/filter:1.4'],
    ['oci://ghcr.io/a/b/c:v1', 'ghcr.io/a/b/c:v1'],
    ['REGISTRY.Example/a', 'registry.example/a'],
    ['127.0.0.1:5000/a', '127.0.0.1:5000/a'],
    ['[::1]:5000/a/b:1', '[::1]:5000/a/b:1'],
    [`r.example/a__b.c-d:1@sha256:${hex}`, `r.example/a__b.c-d:1@sha256:${hex}`],
    ['localhost:5000', 'docker.io/library/localhost:5000'],
  ])('%s is %s', (text, normal) => {
    expect(formatReference(parseReference(text))).toBe(normal);
    expect(formatReference(parseReference(normal))).toBe(normal);
  });

  test.each([
    '',
    'oci://',
    'https://r.example/a',
    'r.example/',
    'r.example/A',
    'r.example/a//b',
    'r.example/../a',
    'r.example/a/..',
    'r.example/a:',
    'r.example/a:.x',
    'r.example/a?x',
    'r.example/a#x',
    'r.example/a%2f',
    'r.example/a\n',
    'user:pw@r.example/a',
    'r.example:0/a',
    'r.example:99999/a',
    '127.1:5000/a',
    '0x7f.1/a',
    '[::1/a',
    '[0:0::1]/a',
    'r\u3002example.com/a',
    'r.example/a@sha256:xyz',
    `r.example/a@sha256:${hex}/../..`,
    `r.example/a@sha512:${hex}${hex}`,
    `r.example/a@sha256:${'A'.repeat(64)}`,
    `r.example/${'a/'.repeat(130)}a`,
  ])('%j is refused', (text) => {
    expect(() => parseReference(text)).toThrow(
      expect.objectContaining({ code: expect.stringMatching(/^WC-OCI-00[12]$/) }),
    );
  });

  test('any text is refused in our words or round-trips, and stays within its path', () => {
    fc.assert(
      fc.property(
        fc.oneof(fc.string({ unit: 'binary' }), fc.stringMatching(/^[a-z0-9./:@[\]_-]{1,40}$/)),
        (text) => {
          try {
            const reference = parseReference(text);
            expect(parseReference(formatReference(reference))).toEqual(reference);
            const url = new URL(`https://${reference.registry}/v2/${reference.repository}/manifests/x`);
            expect(url.pathname).toBe(`/v2/${reference.repository}/manifests/x`);
            expect(url.host).toBe(reference.registry.replace(/:443$/, ''));
          } catch (error) {
            if (!isOciError(error)) throw error;
          }
        },
      ),
      { numRuns: 2000 },
    );
  });
});
