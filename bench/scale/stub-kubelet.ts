import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import http from 'node:http';
import https from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Duplex } from 'node:stream';
import { createAuthority } from '@wasmcast/testbed';
import { ForwardedPort } from './forwarded-port.ts';

/** A pod whose sidecar is asked. */
export interface PodName {
  readonly namespace: string;
  readonly name: string;
}

/** The body of a page of Envoy's admin interface in a pod; undefined: there is no such page. */
export type AdminPage = (pod: PodName, url: string) => string | undefined;

/** As much of a kubelet as the API server asks for pods: port-forward to sidecars that are none, and empty logs. */
export interface StubKubelet extends AsyncDisposable {
  readonly port: number;
}

const webSocketSuffix = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11';
const protocol = 'v4.channel.k8s.io';

/** Starts it on a free port of the loopback. Whichever port of a pod is asked for, its sidecar's admin pages answer. */
export async function startStubKubelet(page: AdminPage): Promise<StubKubelet> {
  const admin = http.createServer((request, response) => {
    const { pod } = request.socket as unknown as ForwardedPort;
    const body = page(pod, request.url ?? '');
    response.writeHead(body === undefined ? 404 : 200, { 'content-type': 'application/json' });
    response.end(body);
  });
  const server = https.createServer(await certificate(), (request, response) => {
    response.writeHead(request.url?.startsWith('/containerLogs/') === true ? 200 : 404);
    response.end();
  });
  const open = new Set<Duplex>();
  server.on('upgrade', (request, socket) => {
    const [, namespace = '', name = ''] = /^\/portForward\/([^/]+)\/([^/?]+)/.exec(request.url ?? '') ?? [];
    const key = createHash('sha1').update(`${request.headers['sec-websocket-key']}${webSocketSuffix}`);
    socket.write(
      `HTTP/1.1 101 Switching Protocols\r\nupgrade: websocket\r\nconnection: Upgrade\r\nsec-websocket-accept: ${key.digest('base64')}\r\nsec-websocket-protocol: ${protocol}\r\n\r\n`,
    );
    open.add(socket);
    socket.once('close', () => open.delete(socket));
    admin.emit('connection', new ForwardedPort(socket, { namespace, name }));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    [Symbol.asyncDispose]: async () => {
      for (const socket of open) socket.destroy();
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

/** The API server believes any certificate of a kubelet, unless it is told an authority. */
async function certificate(): Promise<{ readonly key: string; readonly cert: string }> {
  const folder = await mkdtemp(path.join(tmpdir(), 'wasmcast-kubelet-'));
  try {
    const files = await createAuthority(folder, 'kubelet');
    return { key: await readFile(files.key, 'utf8'), cert: files.pem };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
