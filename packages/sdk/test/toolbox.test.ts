import { createHash, createHmac } from 'node:crypto';
import { beforeAll, describe, expect, test } from 'vitest';
import fc from 'fast-check';
import { built } from './support/build.ts';
import { call, startGuest, type Guest } from './support/guest.ts';
import { toolbox } from './support/toolbox.ts';

let guest: Guest;
beforeAll(async () => {
  guest = await startGuest(await built(toolbox));
  call(guest, 'proxy_on_context_create', 1, 0);
}, 60_000);

function run(...lines: string[]): string {
  guest.buffers.set(7, Buffer.from(lines.join('\n')));
  guest.logs.length = 0;
  call(guest, 'proxy_on_configure', 1, 0);
  return guest.logs[0]?.text ?? '';
}

const bytes = fc.uint8Array({ maxLength: 300 }).map((all) => Buffer.from(all));
const line = fc.string({ unit: 'binary', maxLength: 30 }).map((text) => text.replaceAll('\n', ' '));
const runs = { numRuns: 150 };

test('Base64 is Node’s, both ways, and refuses what is none', () => {
  fc.assert(
    fc.property(bytes, (all) => {
      expect(run('base64', all.toString('hex'))).toBe(
        `${all.toString('base64')} ${all.toString('base64url')}`,
      );
      expect(run('unbase64', all.toString('base64'))).toBe(all.toString('hex'));
      expect(run('unbase64', all.toString('base64url'))).toBe(all.toString('hex'));
    }),
    runs,
  );
  // Too short, a letter that is none, padding in the middle, bits that are left over.
  for (const text of [
    'a',
    '!bcd',
    'a!cd',
    'ab!d',
    'abc!',
    'abcd!b',
    'abcdä===',
    'ab=c',
    'aGVsbG9=====',
    'aR',
  ])
    expect([text, run('unbase64', text)]).toEqual([text, 'null']);
});

test('SHA-256 and HMAC are Node’s, over every length about a block', () => {
  for (let length = 0; length < 200; length += 1 + (length % 7)) {
    const all = Buffer.from(Array.from({ length }, (_, i) => (i * 7 + length) & 255));
    expect(run('sha256', all.toString('hex'))).toBe(createHash('sha256').update(all).digest('hex'));
  }
  fc.assert(
    fc.property(bytes, bytes, (key, all) => {
      const expected = createHmac('sha256', key).update(all).digest('hex');
      expect(run('hmac', key.toString('hex'), all.toString('hex'))).toBe(expected);
    }),
    runs,
  );
});

test('bytes are replaced as a text of the same characters would be', () => {
  // Few letters, so that there is something to find, in one piece and nearly.
  const few = fc.string({ unit: fc.constantFrom('a', 'b', 'ÿ'), maxLength: 60 });
  const hexOf = (text: string): string => Buffer.from(text, 'latin1').toString('hex');
  fc.assert(
    fc.property(
      few,
      fc.string({ unit: fc.constantFrom('a', 'b', 'ÿ'), minLength: 1, maxLength: 9 }),
      few,
      (text, search, by) => {
        const expected = text.includes(search) ? hexOf(text.replaceAll(search, () => by)) : 'null';
        expect(run('replace', hexOf(text), hexOf(search), hexOf(by))).toBe(expected);
      },
    ),
    runs,
  );
  expect(run('replace', '6161', '', '62')).toBe('null');
});

test('texts compare as they are', () => {
  expect([
    run('same', 'abc', 'abc'),
    run('same', 'abc', 'abd'),
    run('same', 'abc', 'abcd'),
    run('same', '', ''),
  ]).toEqual(['true true', 'false false', 'false false', 'true true']);
});

describe('settings', () => {
  function configure(text: string): { accepted: boolean; lines: string[] } {
    guest.properties.set('plugin_root_id', Buffer.from('configured'));
    call(guest, 'proxy_on_context_create', 2, 0);
    guest.buffers.set(7, Buffer.from(text));
    guest.logs.length = 0;
    const accepted = call(guest, 'proxy_on_configure', 2, 0) === 1;
    call(guest, 'proxy_on_delete', 2);
    return { accepted, lines: guest.logs.map((one) => one.text) };
  }

  test('are read by their types', () => {
    const all = { name: 'a', title: 'b', limit: -5, on: false, list: ['x', 'y'], rate: 0.5 };
    expect(configure(JSON.stringify(all))).toEqual({ accepted: true, lines: ['a b -5 false x+y 0.5'] });
    expect(configure('{"name":"a","rate":1e3}').lines).toEqual(['a none 10 true  1000.0']);
  });

  test('say everything that is wrong at once', () => {
    const wrong = { title: 1, limit: 101, on: 'yes', list: ['x', 2], rate: -1, naem: 'a' };
    expect(configure(JSON.stringify(wrong))).toEqual({
      accepted: false,
      lines: [
        '"name" must be a text that is not empty',
        '"title" must be a text',
        '"limit" must be a whole number, -5 to 100',
        '"on" must be true or false',
        '"list" must be a list of texts that are not empty',
        '"rate" must be a number greater than 0',
        '"naem" is unknown; known are "name", "title", "limit", "on", "list", "rate"',
      ],
    });
    for (const limit of [1.5, 2147483648, -2147483649, '"5"'])
      expect(configure(`{"name":"a","rate":1,"limit":${limit}}`).lines).toHaveLength(1);
    expect(configure('{"name": ').lines[0]).toBe(
      'the configuration is not JSON: expected a value at line 1, column 10',
    );
    expect(configure('[1]').lines[0]).toBe('the configuration must be an object');
  });
});

describe('JWT', () => {
  const now = 1_700_000_000;
  const part = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');
  const sign = (header: unknown, claims: unknown, secret = 's3cret'): string => {
    const text = `${part(header)}.${part(claims)}`;
    return `${text}.${createHmac('sha256', secret).update(text).digest('base64url')}`;
  };
  const verify = (token: string): string => run('jwt', token, 's3cret', String(now * 1000));
  const header = { alg: 'HS256', typ: 'JWT' };
  const good = sign(header, { sub: 'alice', exp: now + 10, nbf: now - 10 });

  test.each([
    ['right', good, 'sub alice'],
    ['without times', sign(header, { sub: 'bob' }), 'sub bob'],
    ['within the leeway', sign(header, { sub: 'c', exp: now - 30, nbf: now + 30 }), 'sub c'],
    ['expired', sign(header, { exp: now - 61 }), 'expired'],
    ['an expiry that is no number', sign(header, { exp: 'never' }), 'expired'],
    ['not valid yet', sign(header, { nbf: now + 61 }), 'not valid yet'],
    ['another key', sign(header, { sub: 'alice' }, 'other'), 'wrong signature'],
    ['alg none', `${part({ alg: 'none' })}.${part({ sub: 'alice' })}.`, 'not signed by HS256'],
    ['another algorithm', sign({ alg: 'RS256' }, { sub: 'alice' }), 'not signed by HS256'],
    ['critical extension', sign({ ...header, crit: ['x'] }, { sub: 'alice' }), 'it demands an extension'],
    ['claims that are no object', sign(header, ['alice']), 'its claims are no object'],
    ['changed claims', good.replace(/\.[^.]+\./, `.${part({ sub: 'root' })}.`), 'wrong signature'],
    ['no signature', good.replace(/[^.]+$/, ''), 'wrong signature'],
    ['no token', 'abc', 'not a token'],
    ['one dot', 'abc.def', 'not a token'],
    ['no Base64', '!.!.!', 'not signed by HS256'],
  ])('%s', (_, token, expected) => {
    expect(verify(token)).toBe(expected);
  });
});

test('percent signs decode as decodeURIComponent does, and what is malformed stays', () => {
  fc.assert(
    fc.property(line, (text) => {
      const encoded = encodeURIComponent(text.toWellFormed());
      expect(run('percent', encoded)).toBe(decodeURIComponent(encoded));
    }),
    runs,
  );
  expect([run('percent', '100%'), run('percent', '%zz%4'), run('percent', '%ff')]).toEqual([
    '100%',
    '%zz%4',
    '\ufffd',
  ]);
});

test('queries read as URLSearchParams reads them', () => {
  const word = fc.constantFrom('a', 'b', 'a b', 'ä=', '&', '', '+', '%41');
  fc.assert(
    fc.property(fc.array(fc.tuple(word, word), { maxLength: 6 }), word, (pairs, name) => {
      const text = new URLSearchParams(pairs).toString();
      expect(run('query', text, name)).toBe(new URLSearchParams(text).getAll(name).join('|'));
    }),
    runs,
  );
  expect([run('query', 'a&b=1&a=2', 'a'), run('query', '', 'a')]).toEqual(['|2', '']);
});

test('cookies', () => {
  const header = 'a=1; b="two"; ab=3; c=x=y; d';
  const values = ['a', 'b', 'ab', 'c', 'd', 'x'].map((name) => run('cookie', header, name));
  expect(values).toEqual(['1', 'two', '3', 'x=y', 'null', 'null']);
  expect(run('set-cookie', '')).toBe('a=b; Path=/; Max-Age=5; Domain=x.test; HttpOnly; Secure; SameSite=Lax');
});

test.each([
  ['/users/:id', '/users/7', 'yes 7'],
  ['/users/:id', '/users/%37', 'yes 7'],
  ['/users/:id', '/users/', 'no'],
  ['/users/:id', '/users/7/x', 'no'],
  ['/users/*', '/users', 'yes '],
  ['/users/*', '/users/7/x', 'yes '],
  ['/:id/x/*', '/7/x/y', 'yes 7'],
  ['/admin', '/%61dmin', 'yes '],
  ['/', '/', 'yes '],
  ['/', '/x', 'no'],
])('the pattern %s and %s: %s', (pattern, path, expected) => {
  expect(run('path', pattern, path)).toBe(expected);
});

test('JSON is written so that JSON.parse reads it', () => {
  fc.assert(
    fc.property(line, (text) => {
      const well = text.toWellFormed();
      expect(JSON.parse(run('quote', well, 'next'))).toBe(`${well}\nnext`);
      expect(JSON.parse(run('write', well))).toEqual({ 'a"': well, n: -5, b: true, r: [1] });
    }),
    runs,
  );
});

test('text that comes in pieces is never cut within a character', () => {
  fc.assert(
    fc.property(line, fc.array(fc.nat(40), { maxLength: 5 }), (text, cuts) => {
      const all = Buffer.from(text.toWellFormed());
      const places = [
        0,
        ...cuts.map((cut) => Math.min(cut, all.length)).toSorted((a, b) => a - b),
        all.length,
      ];
      const pieces = places.slice(1).map((end, i) => all.subarray(places[i], end).toString('hex'));
      const parts = run('pieces', ...pieces);
      expect(parts.replaceAll('|', '')).toBe(all.toString().replaceAll('|', ''));
    }),
    runs,
  );
});
