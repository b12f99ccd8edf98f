import { once } from 'node:events';
import { request, type IncomingMessage } from 'node:http';
import { connect, createServer as createTcpServer, type AddressInfo, type Socket } from 'node:net';
import { describe, expect, it } from 'vitest';
import { ask, rawAsk, startUpstream } from '../testing/raw-http.ts';
import { startMesh } from '../start-mesh.ts';
import { startService } from '../testing/services.ts';
import type { Echo } from './echo.ts';

const closed = 1; // A TCP port that nobody listens on: it is privileged and unused on any test machine.

describe('a service without filters', () => {
  it('shows the request to the built-in echo as it was sent', async () => {
    await using service = await startService({});
    const answer = await ask(service.port, {
      method: 'POST',
      path: '/a%20b?q=1',
      headers: { host: 'shop.example', 'X-Thing': ['one', 'two'], 'content-length': '5' },
      body: 'hello',
    });
    expect(answer.status).toBe(200);
    expect(JSON.parse(answer.body)).toEqual({
      service: 'web',
      namespace: 'test',
      method: 'POST',
      path: '/a%20b?q=1',
      headers: { host: 'shop.example', 'x-thing': 'one, two', 'content-length': '5' },
      body: 'hello',
      bodyBytes: 5,
    } satisfies Echo);
  });

  it('keeps fields of a connection to itself, in both directions', async () => {
    let seen: IncomingMessage['headers'] = {};
    await using upstream = await startUpstream((incoming, response) => {
      seen = incoming.headers;
      response.writeHead(200, { connection: 'keep-alive, x-hop', 'x-hop': 'secret', 'x-end': 'kept' });
      response.end('ok');
    });
    await using service = await startService({ upstream: upstream.url });
    const answer = await ask(service.port, {
      headers: {
        connection: 'x-mine, close',
        'x-mine': '1',
        'keep-alive': 'timeout=1',
        te: 'trailers',
        'x-end': '2',
      },
    });
    expect(seen).toMatchObject({ 'x-end': '2' });
    expect(Object.keys(seen)).not.toEqual(expect.arrayContaining(['x-mine']));
    expect(seen['te']).toBeUndefined();
    expect(seen['connection']).toBe('keep-alive');
    expect(answer.headers['x-end']).toBe('kept');
    expect(answer.headers['x-hop']).toBeUndefined();
  });

  it('passes trailers on, both ways', async () => {
    let seen: IncomingMessage['trailers'] = {};
    await using upstream = await startUpstream((incoming, response) => {
      incoming.resume().on('end', () => {
        seen = incoming.trailers;
        response.write('body');
        response.addTrailers({ 'x-sum': '42', 'set-cookie': 'late' });
        response.end();
      });
    });
    await using service = await startService({ upstream: upstream.url });
    const answer = await ask(service.port, {
      method: 'POST',
      headers: { 'transfer-encoding': 'chunked' },
      body: 'x',
      trailers: { 'x-check': 'abc' },
    });
    expect(seen).toEqual({ 'x-check': 'abc' });
    expect(answer.trailers).toEqual({ 'x-sum': '42' });
    expect(answer.body).toBe('body');
  });

  it('answers HEAD, 204 and 304 without a body, and keeps the length that HEAD tells', async () => {
    await using upstream = await startUpstream((incoming, response) => {
      const status = Number(incoming.url?.slice(1));
      response.writeHead(status, status === 200 ? { 'content-length': '10' } : { etag: '"e"' });
      response.end(incoming.method === 'HEAD' || status !== 200 ? undefined : '0123456789');
    });
    await using service = await startService({ upstream: upstream.url });
    const head = await ask(service.port, { method: 'HEAD', path: '/200' });
    expect([head.status, head.headers['content-length'], head.body]).toEqual([200, '10', '']);
    const none = await ask(service.port, { path: '/204' });
    expect([none.status, none.headers['content-length'], none.headers['transfer-encoding']]).toEqual([
      204,
      undefined,
      undefined,
    ]);
    const same = await ask(service.port, { path: '/304' });
    expect([same.status, same.headers.etag, same.body]).toEqual([304, '"e"', '']);
  });

  it('asks the client for the body only when it is wanted', async () => {
    await using service = await startService({});
    const outgoing = request({
      host: '127.0.0.1',
      port: service.port,
      method: 'PUT',
      headers: { expect: '100-continue', 'content-length': '2' },
      agent: false,
    });
    outgoing.flushHeaders();
    await once(outgoing, 'continue');
    outgoing.end('ok');
    const [message] = (await once(outgoing, 'response')) as [IncomingMessage];
    let body = '';
    for await (const chunk of message) body += String(chunk);
    expect((JSON.parse(body) as Echo).headers['expect']).toBeUndefined();
    expect((JSON.parse(body) as Echo).body).toBe('ok');
  });

  it('sends the head of a request before its body comes', async () => {
    await using upstream = await startUpstream((incoming, response) => {
      // Answers at the head, then sends back what comes.
      response.writeHead(200);
      response.flushHeaders();
      incoming.pipe(response);
    });
    await using service = await startService({ upstream: upstream.url });
    const outgoing = request({ host: '127.0.0.1', port: service.port, method: 'POST', agent: false });
    outgoing.flushHeaders();
    const [message] = (await once(outgoing, 'response')) as [IncomingMessage];
    for (const word of ['one', 'two']) {
      outgoing.write(word);
      const [chunk] = (await once(message, 'data')) as [Buffer];
      expect(chunk.toString()).toBe(word);
    }
    outgoing.end();
    await once(message, 'end');
  });

  it('uses connections again, on both sides', async () => {
    const sockets = new Set<Socket>();
    await using upstream = await startUpstream((incoming, response) => {
      sockets.add(incoming.socket);
      response.end('ok');
    });
    await using service = await startService({ upstream: upstream.url });
    const client = connect(service.port, '127.0.0.1');
    for (let count = 0; count < 3; count++) {
      client.write('GET / HTTP/1.1\r\nHost: a\r\n\r\n');
      // oxlint-disable-next-line no-await-in-loop
      const [head] = (await once(client, 'data')) as [Buffer];
      expect(head.toString()).toMatch(/^HTTP\/1\.1 200 /);
    }
    client.destroy();
    expect(sockets.size).toBe(1);
  });

  it('sends a request again when upstream had closed the pooled connection', async () => {
    let first: Socket | undefined;
    await using upstream = await startUpstream((incoming, response) => {
      if (incoming.socket === first) {
        incoming.socket.destroy();
        return;
      }
      first ??= incoming.socket;
      response.end('ok');
    });
    await using service = await startService({ upstream: upstream.url });
    expect((await ask(service.port)).status).toBe(200);
    expect((await ask(service.port)).status).toBe(200);
    expect((await ask(service.port, { method: 'POST' })).status).toBe(200);
  });

  it('tells by the status what became of upstream', async () => {
    await using refused = await startService({ upstream: `http://127.0.0.1:${closed}` });
    expect((await ask(refused.port)).status).toBe(503);

    await using rude = await startUpstream((incoming) => incoming.socket.destroy());
    await using broken = await startService({ upstream: rude.url });
    expect((await ask(broken.port)).status).toBe(502);

    await using silent = await startUpstream(() => {});
    await using late = await startService({ upstream: silent.url }, { idleMs: 50 });
    expect((await ask(late.port)).status).toBe(504);

    const babbler = createTcpServer((socket) => socket.on('error', () => {}).end('SSH-2.0 hello\r\n'));
    babbler.listen(0, '127.0.0.1');
    await once(babbler, 'listening');
    const address = babbler.address() as AddressInfo;
    await using confused = await startService({ upstream: `http://127.0.0.1:${address.port}` });
    expect((await ask(confused.port)).status).toBe(502);
    babbler.close();
  });

  it('lets the client see that a response is not whole', async () => {
    await using upstream = await startUpstream((_incoming, response) => {
      response.writeHead(200);
      response.write('half', () => response.destroy());
    });
    await using service = await startService({ upstream: upstream.url });
    await expect(ask(service.port)).rejects.toThrow(/aborted|ECONNRESET|socket hang up/);
  });

  it('gives up upstream when the client goes', async () => {
    const gone = Promise.withResolvers<string>();
    const arrived = Promise.withResolvers<void>();
    await using upstream = await startUpstream((incoming) => {
      arrived.resolve();
      incoming.socket.on('close', () => gone.resolve('closed'));
    });
    await using service = await startService({ upstream: upstream.url });
    const client = new AbortController();
    const answer = ask(service.port, { signal: client.signal });
    await arrived.promise;
    client.abort();
    await expect(answer).rejects.toThrow(/abort/);
    expect(await gone.promise).toBe('closed');
  });

  it('bounds heads and bodies', async () => {
    await using service = await startService({}, { headerBytes: 4096, headerFields: 20, bodyBytes: 1000 });
    expect(await rawAsk(service.port, `GET / HTTP/1.1\r\nHost: a\r\nX: ${'x'.repeat(5000)}\r\n\r\n`)).toMatch(
      /^HTTP\/1\.1 431 /,
    );
    const many = Array.from({ length: 30 }, (_, index) => `X-${index}: 1\r\n`).join('');
    expect(await rawAsk(service.port, `GET / HTTP/1.1\r\nHost: a\r\n${many}\r\n`)).toMatch(
      /^HTTP\/1\.1 431 /,
    );
    expect(
      (
        await ask(service.port, {
          method: 'POST',
          headers: { 'content-length': '1001' },
          body: 'x'.repeat(1001),
        })
      ).status,
    ).toBe(413);
    const chunked = await ask(service.port, {
      method: 'POST',
      headers: { 'transfer-encoding': 'chunked' },
      body: 'x'.repeat(5000),
    });
    expect(chunked.status).toBe(413);
    expect((await ask(service.port, { method: 'POST', body: 'x'.repeat(1000) })).status).toBe(200);
  });

  it('lets a client that sends far too much still read the refusal', async () => {
    await using service = await startService({}, { bodyBytes: 1000 });
    const body = Buffer.alloc(8 * 1024 * 1024);
    const told = await ask(service.port, {
      method: 'POST',
      headers: { 'content-length': String(body.length) },
      body,
    });
    expect([told.status, told.headers.connection]).toEqual([413, 'close']);
    const untold = await ask(service.port, {
      method: 'POST',
      headers: { 'transfer-encoding': 'chunked' },
      body,
    });
    expect([untold.status, untold.headers.connection]).toEqual([413, 'close']);
  });

  it('refuses what is not HTTP, and what could be read in two ways', async () => {
    await using service = await startService({});
    expect(await rawAsk(service.port, 'hello\r\n\r\n')).toMatch(/^HTTP\/1\.1 400 /);
    const both =
      'POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n';
    expect(await rawAsk(service.port, both)).toMatch(/^HTTP\/1\.1 400 /);
    expect(await rawAsk(service.port, 'CONNECT a:1 HTTP/1.1\r\nHost: a\r\n\r\n')).toMatch(/^HTTP\/1\.1 405 /);
  });

  it('takes a target in absolute form', async () => {
    await using service = await startService({});
    const text = await rawAsk(
      service.port,
      'GET http://shop.example/x?y HTTP/1.1\r\nHost: other\r\nConnection: close\r\n\r\n',
    );
    expect(text).toContain('"path":"/x?y"');
    expect(text).toContain('"host":"shop.example"');
  });

  it('carries a big body without holding it', async () => {
    const total = 128 * 1024 * 1024;
    const piece = Buffer.alloc(64 * 1024, 'x');
    const slow = Promise.withResolvers<void>();
    let received = 0;
    await using upstream = await startUpstream((incoming, response) => {
      void slow.promise.then(() => incoming.on('data', (chunk: Buffer) => (received += chunk.length)));
      incoming.on('end', () => response.end(String(received)));
    });
    await using service = await startService({ upstream: upstream.url });
    const outgoing = request({ host: '127.0.0.1', port: service.port, method: 'POST', agent: false });
    let sent = 0;
    // While upstream takes nothing, the client must soon find that nothing more is taken from it.
    while (outgoing.write(piece)) sent += piece.length;
    sent += piece.length;
    let blocked = outgoing.writableLength;
    for (let turn = 0; turn < 200 && sent < total; turn++) {
      // oxlint-disable-next-line no-await-in-loop
      await new Promise((resolve) => setImmediate(resolve));
      if (outgoing.writableLength < 16 * 1024) {
        outgoing.write(piece);
        sent += piece.length;
        blocked = outgoing.writableLength;
      }
    }
    expect(blocked).toBeGreaterThan(0);
    expect(sent).toBeLessThan(32 * 1024 * 1024);
    slow.resolve();
    const answer = once(outgoing, 'response') as Promise<[IncomingMessage]>;
    while (sent < total) {
      // oxlint-disable-next-line no-await-in-loop
      if (!outgoing.write(piece)) await once(outgoing, 'drain');
      sent += piece.length;
    }
    outgoing.end();
    const [message] = await answer;
    let body = '';
    for await (const chunk of message) body += String(chunk);
    expect(Number(body)).toBe(sent);
  });

  it('reads upstream no faster than the client reads it', async () => {
    let written = 0;
    const piece = Buffer.alloc(64 * 1024, 'x');
    const full = Promise.withResolvers<void>();
    await using upstream = await startUpstream((_incoming, response) => {
      const more = (): void => {
        while (written < 256 * 1024 * 1024) {
          written += piece.length;
          if (!response.write(piece)) {
            full.resolve();
            response.once('drain', more);
            return;
          }
        }
        response.end();
      };
      more();
    });
    await using service = await startService({ upstream: upstream.url });
    const socket = connect(service.port, '127.0.0.1');
    socket.write('GET / HTTP/1.1\r\nHost: a\r\n\r\n');
    await once(socket, 'readable');
    socket.pause();
    await full.promise;
    for (let turn = 0; turn < 200; turn++)
      // oxlint-disable-next-line no-await-in-loop
      await new Promise((resolve) => setImmediate(resolve));
    expect(written).toBeLessThan(64 * 1024 * 1024);
    socket.destroy();
  });

  it('says so when its port is taken, or its upstream is no address', async () => {
    await using taken = await startUpstream(() => {});
    const started = startMesh({
      target: {
        kind: 'local',
        name: 'laptop',
        declaredIn: '/nowhere/wasmcast.yaml',
        services: [{ namespace: 'a', name: 'b', labels: {}, port: taken.port, upstream: undefined }],
      },
      socketPath: '/nowhere/x.sock',
      signal: AbortSignal.timeout(10_000),
    });
    await expect(started).rejects.toMatchObject({ code: 'WC-LOC-009' });
    for (const upstream of ['https://a', 'a:80', 'http://a/path'])
      // oxlint-disable-next-line no-await-in-loop
      await expect(startService({ upstream })).rejects.toMatchObject({ code: 'WC-LOC-011' });
  });
});
