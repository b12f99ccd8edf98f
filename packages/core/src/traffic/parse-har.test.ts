import { expect, test } from 'vitest';
import { parseHar } from './parse-har.ts';

const entry = (request: object = {}, response: object = {}): object => ({
  startedDateTime: '2026-01-01T00:00:00Z',
  request: { method: 'GET', url: 'https://shop.example/a?b=c', headers: [], ...request },
  response: { status: 200, headers: [], ...response },
});
const har = (...entries: object[]): string => JSON.stringify({ log: { version: '1.2', entries } });

test('an exchange is read as it went over the wire, without what belongs to a connection', () => {
  const request = {
    method: 'POST',
    headers: [
      { name: ':authority', value: 'x' },
      { name: 'Host', value: 'shop.example' },
      { name: 'Accept', value: 'a' },
      { name: 'Connection', value: 'close' },
    ],
    postData: { mimeType: 'text/plain', text: 'ä' },
  };
  const response = {
    status: 404,
    headers: [
      { name: 'Content-Encoding', value: 'gzip' },
      { name: 'X-B', value: '1' },
    ],
    content: { text: '/wA=', encoding: 'base64' },
  };
  expect(parseHar('a.har', har(entry(request, response)))).toEqual({
    diagnostics: [],
    exchanges: [
      {
        request: {
          method: 'POST',
          path: '/a?b=c',
          authority: 'shop.example',
          scheme: 'https',
          headers: [['accept', 'a']],
          body: new Uint8Array([0xc3, 0xa4]),
          trailers: [],
        },
        response: { status: 404, headers: [['x-b', '1']], body: new Uint8Array([0xff, 0]), trailers: [] },
      },
    ],
  });
});

test('what is no exchange is left out, and said', () => {
  const blocked = entry({}, { status: 0 });
  const socket = entry({ url: 'wss://shop.example/' });
  const garbled = entry({}, { content: { text: '%%', encoding: 'base64' } });
  const { exchanges, diagnostics } = parseHar(
    'a.har',
    har(blocked, entry(), socket, garbled, { request: 5 }),
  );
  expect(exchanges).toHaveLength(1);
  expect(diagnostics.map(({ severity, summary }) => `${severity} ${summary}`)).toEqual([
    'warning a.har: entry 0 is left out: response.status is no final status',
    'warning a.har: entry 2 is left out: request.url is no URL of http or https',
    'warning a.har: entry 3 is left out: response.content is no Base64',
    expect.stringContaining('warning a.har: entry 4 is left out: request'),
  ]);
});

test('hundreds that are left out are counted', () => {
  const { diagnostics } = parseHar('a.har', har(...Array.from({ length: 300 }, () => ({}))));
  expect(diagnostics).toHaveLength(21);
  expect(diagnostics.at(-1)?.summary).toBe('a.har: 280 more entries are left out');
});

test.each(['', '{', '[]', '{"log": {}}', '{"log": {"entries": {}}}'])('no recording: %j', (text) => {
  expect(parseHar('a.har', text)).toMatchObject({ exchanges: [], diagnostics: [{ severity: 'error' }] });
});
