import { createHmac } from 'node:crypto';
import { once } from 'node:events';
import { connect, createServer, type AddressInfo } from 'node:net';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { expect, vi } from 'vitest';
import type { JsonValue } from '@wasmcast/core';
import { startChain, startProxy, type Chain } from '../../../../examples/filters/testing/filter-in-envoy.ts';

/** Sends a request through the Envoy. */
type Ask = (path: string, init?: RequestInit) => Promise<{ status: number; headers: Headers; body: string }>;

/** An upstream that answers what it saw, as JSON, or what the path asks for. */
function upstream(request: IncomingMessage, response: ServerResponse): void {
  let body = '';
  request.on('data', (part: Buffer) => (body += part.toString()));
  request.on('end', () => {
    const { headers, url } = request;
    if (url === '/check') {
      const user = headers.authorization === 'let me in' ? { 'x-user': 'alice' } : undefined;
      response.writeHead(user === undefined ? 403 : 200, user);
      return void response.end(user === undefined ? 'not you' : '');
    }
    if (url === '/mail') return void response.end('write to alice@shop.example or 4111 1111 1111 1111');
    response.end(JSON.stringify({ headers, url, body }));
  });
}

/** What one template does with a configuration. */
interface HttpCheck {
  readonly config: JsonValue;
  readonly check: (ask: Ask, chain: Chain) => Promise<void>;
}

/** Runs the module of a template in a real Envoy and checks what it does. */
export async function checkInEnvoy(name: string, wasm: Uint8Array): Promise<void> {
  const modules = new Map([[name, wasm]]);
  if (name === 'tcp-counter') return countConnections(name, modules);
  const found = httpChecks[name];
  if (found === undefined) throw new Error(`nothing says what ${name} does in Envoy`);
  await using chain = await startChain([{ filter: name, config: found.config }], modules, upstream);
  const ask: Ask = async (path, init) => {
    const response = await fetch(`http://127.0.0.1:${chain.port}${path}`, init);
    return { status: response.status, headers: response.headers, body: await response.text() };
  };
  await found.check(ask, chain);
  await noTrap(chain);
}

async function noTrap(chain: Chain): Promise<void> {
  await chain[Symbol.asyncDispose]();
  expect(chain.envoy.logs()).not.toMatch(/Uncaught|Function: \w+ failed|wasm vm failed/i);
}

/** What of a request reached the upstream. */
function seen(body: string): { headers: Record<string, string>; body: string } {
  return JSON.parse(body) as { headers: Record<string, string>; body: string };
}

const secret = 'a secret of at least thirty-two bytes';

function token(claims: object): string {
  const [first, second] = [{ alg: 'HS256' }, claims].map((part) =>
    Buffer.from(JSON.stringify(part)).toString('base64url'),
  );
  return `${first}.${second}.${createHmac('sha256', secret).update(`${first}.${second}`).digest('base64url')}`;
}

async function countConnections(name: string, modules: ReadonlyMap<string, Uint8Array>): Promise<void> {
  const server = createServer((socket) => void socket.pipe(socket).on('error', () => undefined));
  await new Promise<void>((listening) => void server.listen(0, '127.0.0.1', listening));
  const clusters = { upstream: (server.address() as AddressInfo).port };
  await using chain = await startProxy(
    { protocol: 'tcp', links: [{ filter: name, config: { prefix: 'shop' } }], clusters },
    modules,
  );
  const socket = connect(chain.port, '127.0.0.1');
  socket.write('12345');
  const [echo] = (await once(socket, 'data')) as [Buffer];
  expect(echo.toString()).toBe('12345');
  socket.end();
  await once(socket, 'close');
  server.close();
  await vi.waitFor(async () => {
    const stats = await chain.envoy.adminGet('/stats?filter=wasmcustom');
    expect(stats).toMatch(/wasmcustom\.shop_connections: 1\n/);
    expect(stats).toMatch(/wasmcustom\.shop_open: 0\n/);
    expect(stats).toMatch(/wasmcustom\.shop_received_bytes: 5\n/);
    expect(stats).toMatch(/wasmcustom\.shop_sent_bytes: 5\n/);
  }, 10_000);
  await noTrap(chain);
}

const httpChecks: Readonly<Record<string, HttpCheck>> = {
  'add-header': {
    config: { greeting: 'hi' },
    check: async (ask) => {
      const { headers, body } = await ask('/');
      expect([headers.get('x-greeting'), seen(body).headers['x-seen-by']]).toEqual(['hi', 'add-header']);
    },
  },
  'api-key': {
    config: { keys: { k1: 'alice' } },
    check: async (ask) => {
      expect((await ask('/')).status).toBe(401);
      const { body } = await ask('/', { headers: { 'x-api-key': 'k1' } });
      expect(seen(body).headers).toMatchObject({ 'x-consumer': 'alice' });
      expect(seen(body).headers).not.toHaveProperty('x-api-key');
    },
  },
  jwt: {
    config: { secret, audience: 'shop' },
    check: async (ask) => {
      const exp = Math.floor(Date.now() / 1000) + 60;
      const bearer = (claims: object): RequestInit => ({
        headers: { authorization: `Bearer ${token(claims)}` },
      });
      const good = await ask('/', bearer({ sub: 'alice', aud: 'shop', exp }));
      expect(seen(good.body).headers['x-user']).toBe('alice');
      const late = await ask('/', bearer({ sub: 'alice', aud: 'shop', exp: exp - 3600 }));
      expect([late.status, late.body]).toEqual([401, '{"error":"expired"}']);
    },
  },
  'rate-limit': {
    config: { perSecond: 0.001, burst: 2 },
    check: async (ask, { envoy }) => {
      const statuses = [await ask('/'), await ask('/'), await ask('/')].map(({ status }) => status);
      expect(statuses).toEqual([200, 200, 429]);
      expect(await envoy.adminGet('/stats?filter=rate_limited')).toBe('wasmcustom.rate_limited_total: 1\n');
    },
  },
  'body-rewrite': {
    config: { request: { colour: 'color' }, response: { hue: 'tint' } },
    check: async (ask) => {
      const { body, headers } = await ask('/', { method: 'POST', body: 'the colour and hue' });
      expect(seen(body).body).toBe('the color and tint');
      expect(headers.get('content-length')).toBeNull();
      const large = await ask('/', { method: 'POST', body: `colour ${'x'.repeat(300_000)}` });
      expect(seen(large.body).body).toMatch(/^colour /);
    },
  },
  'ext-auth': {
    config: { cluster: 'upstream', path: '/check', headers: ['authorization'] },
    check: async (ask) => {
      const denied = await ask('/');
      expect([denied.status, denied.body]).toEqual([403, 'not you']);
      const { body } = await ask('/', { headers: { authorization: 'let me in', 'x-user': 'root' } });
      expect(seen(body).headers['x-user']).toBe('alice');
    },
  },
  'ab-cookie': {
    config: { groups: { a: 1, b: 1 } },
    check: async (ask) => {
      const first = await ask('/');
      const cookie = first.headers.get('set-cookie') ?? '';
      expect(cookie).toMatch(/^group=[ab]; Path=\//);
      const group = cookie.slice('group='.length, 'group='.length + 1);
      expect(seen(first.body).headers['x-group']).toBe(group);
      const again = await ask('/', { headers: { cookie: `group=${group}` } });
      expect([seen(again.body).headers['x-group'], again.headers.get('set-cookie')]).toEqual([group, null]);
    },
  },
  'tenant-route': {
    config: { rules: [{ pool: 'acme', hosts: ['127.0.0.1'], countries: ['DE'] }] },
    check: async (ask) => {
      const german = await ask('/', { headers: { 'x-country': 'de', 'x-pool': 'mine' } });
      expect(seen(german.body).headers['x-pool']).toBe('acme');
      expect(seen((await ask('/')).body).headers['x-pool']).toBe('shared');
    },
  },
  'access-log': {
    config: { level: 'warn', headers: ['user-agent'] },
    check: async (ask, { envoy }) => {
      await ask('/a?b=1', { headers: { 'user-agent': 'a "test"' } });
      const line = await envoy.logged((log) => /\{"method".*\}/.exec(log)?.[0]);
      expect(JSON.parse(line)).toMatchObject({
        method: 'GET',
        path: '/a?b=1',
        status: 200,
        'user-agent': 'a "test"',
        details: 'via_upstream',
      });
    },
  },
  'mask-pii': {
    config: { limit: 100_000 },
    check: async (ask) => {
      expect((await ask('/mail')).body).toBe('write to *** or ***');
      const large = ask('/', { method: 'POST', body: 'x'.repeat(200_000) });
      await expect(large.then(({ status, body }) => `${status} ${body.slice(0, 40)}`)).rejects.toThrow(
        /terminated|failed/,
      );
    },
  },
};
