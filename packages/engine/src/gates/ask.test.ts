import { createServer } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { expect, test } from 'vitest';
import { httpAsk } from './ask.ts';

const signal = (): AbortSignal => AbortSignal.timeout(5000);

test('asks as told, follows no redirect, and reads no more than it may', async () => {
  const seen: string[] = [];
  const server = createServer((request, response) => {
    let body = '';
    request.setEncoding('utf8').on('data', (chunk: string) => (body += chunk));
    request.on('end', () => {
      seen.push(`${request.method} ${request.url} ${request.headers['content-type'] ?? '-'} ${body}`);
      if (request.url === '/moved') response.writeHead(302, { location: '/elsewhere' }).end();
      else if (request.url === '/large') response.end('x'.repeat(1024 * 1024 + 1));
      else response.writeHead(202).end('fine');
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  try {
    expect(await httpAsk({ method: 'POST', url: `${base}/wave`, body: '{}' }, signal())).toEqual({
      status: 202,
      body: 'fine',
    });
    expect(await httpAsk({ method: 'GET', url: `${base}/moved` }, signal())).toMatchObject({ status: 302 });
    await expect(httpAsk({ method: 'GET', url: `${base}/large` }, signal())).rejects.toThrow('1 MiB');
    expect(seen).toEqual(['POST /wave application/json {}', 'GET /moved - ', 'GET /large - ']);
  } finally {
    server.closeAllConnections();
    server.close();
  }
  await expect(httpAsk({ method: 'GET', url: base }, signal())).rejects.toThrow('fetch failed');
});
