import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { createServer, request as httpRequest, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text as textOf } from 'node:stream/consumers';
import { createGunzip, gzipSync } from 'node:zlib';
import { parseHar } from '@wasmcast/core';
import { expect, test } from 'vitest';
import { Session } from './support/session.ts';
import { shop, trailModule } from './support/shop.ts';

test(
  'traffic that run records is replayed: the same filter does the same, another one is told apart',
  { timeout: 60_000 },
  async () => {
    await using upstream = createServer((request, response) => {
      const [status, body] = request.url === '/large' ? [200, 'x'.repeat(9_000_000)] : [201, 'bought'];
      request.resume().on('end', () => {
        response.writeHead(status, { 'content-encoding': 'gzip', 'set-cookie': 'id=s3cret; Path=/' });
        response.addTrailers({ 'x-sum': '42' });
        response.end(request.url === '/large' ? Buffer.from(body) : gzipSync(body));
      });
    }).listen(0, '127.0.0.1');
    await once(upstream, 'listening');
    const { port } = upstream.address() as AddressInfo;
    const manifest = shop().replace(
      'labels: {app: cart}}',
      `labels: {app: cart}, upstream: 'http://127.0.0.1:${port}'}`,
    );
    const files = { 'wasmcast.yaml': manifest, 'trail.wasm': await trailModule() };
    await using session = await Session.open({ ...files, 'one.txt': 'one', 'two.txt': 'two' });
    {
      await using mesh = await session.mesh(' --record shop.har');
      expect((await session.json('apply')).exit).toBe(0);
      const headers = { authorization: 'Bearer s3cret', 'x-plan': 'paid' };
      const body = Buffer.from([0xff, 0x00]);
      const outgoing = httpRequest(`${mesh.url('cart')}/buy?token=s3cret`, { method: 'POST', headers });
      outgoing.write(body);
      outgoing.addTrailers({ 'x-count': '2' });
      outgoing.end();
      const [bought] = (await once(outgoing, 'response')) as [IncomingMessage];
      expect([bought.headers['x-trail'], await textOf(bought.pipe(createGunzip()))]).toEqual([
        'a:one',
        'bought',
      ]);
      expect(bought.trailers).toEqual({ 'x-sum': '42' });
      // Not decoded by the client: it is no gzip, only much.
      await fetch(`${mesh.url('cart')}/large`).then(
        (response) => response.text().catch(() => ''),
        () => '',
      );
    }
    const text = await readFile(`${session.folder}/shop.har`, 'utf8');
    expect(text).not.toContain('s3cret');
    const { exchanges, diagnostics } = parseHar('shop.har', text);
    expect([diagnostics, exchanges.map(({ request }) => request.path)]).toEqual([
      [],
      ['/buy?token=redacted'],
    ]);
    // As the client sent it and as the upstream gave it: nothing of the filter is in it.
    const [{ request, response } = {}] = exchanges;
    expect([request?.method, request?.body]).toEqual(['POST', new Uint8Array([0xff, 0])]);
    expect(Object.fromEntries(request?.headers ?? [])).toMatchObject({
      authorization: 'Bearer redacted',
      'x-plan': 'paid',
    });
    expect([response?.status, new TextDecoder().decode(response?.body)]).toEqual([201, 'bought']);
    expect([request?.trailers, response?.trailers]).toEqual([[['x-count', '2']], [['x-sum', '42']]]);
    expect(Object.keys(Object.fromEntries(response?.headers ?? []))).not.toContain('x-trail');

    const same = await session.run('replay shop.har trail.wasm trail.wasm --config one.txt');
    expect([same.exit, same.stdout]).toEqual([0, 'no difference in 1 exchanges\n']);
    const other = await session.run(
      'replay shop.har trail.wasm trail.wasm --config one.txt --new-config two.txt',
    );
    expect([other.exit, other.stdout]).toEqual([1, expect.stringContaining('- a:one\n    + a:two')]);
    const again = await session.json('run --record shop.har');
    expect([again.exit, again.events[0]]).toEqual([64, expect.objectContaining({ code: 'WC-HAR-005' })]);
  },
);
