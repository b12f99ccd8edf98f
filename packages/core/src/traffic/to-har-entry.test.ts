import fc from 'fast-check';
import { expect, test } from 'vitest';
import { parseHar, type RecordedExchange } from './parse-har.ts';
import { toHarEntry } from './to-har-entry.ts';
import { withoutSecrets } from './without-secrets.ts';

const facts = { service: 'shop/cart', answeredBy: 'upstream', startedAt: new Date(0), ms: 1.5 } as const;
const header = fc.tuple(fc.stringMatching(/^x-[a-z0-9]{1,8}$/), fc.stringMatching(/^[ -~\u0080-\u00ff]*$/));
const message = {
  headers: fc.array(header),
  body: fc.uint8Array({ maxLength: 40 }),
  trailers: fc.array(header),
};
const exchange: fc.Arbitrary<RecordedExchange> = fc.record({
  request: fc.record({
    method: fc.constantFrom('GET', 'POST', 'X-ODD'),
    path: fc.webPath().map((path) => `/a${path}`),
    authority: fc.constantFrom('shop.example', '127.0.0.1:8080'),
    scheme: fc.constant('http'),
    ...message,
  }),
  response: fc.record({ status: fc.integer({ min: 200, max: 599 }), ...message }),
});

test('what is written is what is read', () => {
  fc.assert(
    fc.property(exchange, (one) => {
      // As every URL is read: `/a/..` is `/`.
      const { pathname, search } = new URL(one.request.path, 'http://x');
      const { exchanges, diagnostics } = parseHar(
        'a.har',
        JSON.stringify({ log: { entries: [toHarEntry(one, facts)] } }),
      );
      expect(diagnostics).toEqual([]);
      expect(exchanges).toEqual([{ ...one, request: { ...one.request, path: pathname + search } }]);
    }),
  );
});

test('what lets somebody in is not kept, what does not is', () => {
  const one: RecordedExchange = {
    request: {
      method: 'GET',
      path: '/a?access_token=s3cret&page=2&monkey=1&apikey=s3cret',
      authority: 'shop.example',
      scheme: 'http',
      headers: [
        ['authorization', 'Bearer s3cret'],
        ['proxy-authorization', 's3cret'],
        ['cookie', 'id=s3cret; theme=s3cret'],
        ['x-api-key', 's3cret'],
        ['x-auth-token', 's3cret'],
        ['x-author', 'alice'],
        ['accept', 'text/html'],
      ],
      body: new Uint8Array(),
      trailers: [['x-session', 's3cret']],
    },
    response: {
      status: 200,
      headers: [
        ['set-cookie', 'id=s3cret; Path=/; HttpOnly'],
        ['www-authenticate', 'Bearer realm="shop"'],
      ],
      body: new Uint8Array(),
      trailers: [
        ['x-signature', 's3cret'],
        ['grpc-status', '0'],
      ],
    },
  };
  const { request, response } = withoutSecrets(one);
  expect(JSON.stringify([request, response])).not.toContain('s3cret');
  expect(request.path).toBe('/a?access_token=redacted&page=2&monkey=1&apikey=redacted');
  expect(request.headers).toEqual([
    ['authorization', 'Bearer redacted'],
    ['proxy-authorization', 'redacted'],
    ['cookie', 'id=redacted; theme=redacted'],
    ['x-api-key', 'redacted'],
    ['x-auth-token', 'redacted'],
    ['x-author', 'alice'],
    ['accept', 'text/html'],
  ]);
  expect(response.headers).toEqual([
    ['set-cookie', 'id=redacted; Path=/; HttpOnly'],
    ['www-authenticate', 'Bearer realm="shop"'],
  ]);
  expect([request.trailers, response.trailers]).toEqual([
    [['x-session', 'redacted']],
    [
      ['x-signature', 'redacted'],
      ['grpc-status', '0'],
    ],
  ]);
});
