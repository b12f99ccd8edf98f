import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { connect } from 'node:net';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { requireComponent, skipNote, startRegistry } from '@wasmcast/testbed';
import { describe, expect, test } from 'vitest';
import { certificatesFrom, pullModule, pushModule } from '../index.ts';
import type { OciOptions } from '../index.ts';
import { fakeModule } from '../testing/modules.ts';

const missing = await requireComponent('registry');
const nobody: OciOptions = { credentials: () => Promise.resolve({ kind: 'anonymous' }) };

/** A proxy that tunnels (CONNECT) whatever name to one registry, for users that say `Basic amFuZTpob3JzZQ==` (jane:horse). */
async function startTunnel(upstream: string) {
  const asked: string[] = [];
  const server = createServer();
  server.on('connect', (request, socket) => {
    asked.push(`${request.url} ${request.headers['proxy-authorization']}`);
    const [host, port] = upstream.split(':');
    const there = connect(Number(port), host, () => {
      socket.write('HTTP/1.1 200 OK\r\n\r\n');
      there.pipe(socket).pipe(there);
    });
    const end = (): void => void (there.destroy(), socket.destroy());
    there.on('error', end);
    socket.on('error', end);
    there.on('close', end);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: new URL(`http://jane:horse@127.0.0.1:${(server.address() as AddressInfo).port}`),
    asked,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

describe.skipIf(missing !== undefined)(`ways to a registry${skipNote(missing)}`, () => {
  test('through a proxy, which is told the name and never sees inside', async () => {
    await using registry = await startRegistry({ tls: true });
    await using tunnel = await startTunnel(registry.host);
    const options = { ...nobody, ca: registry.ca ?? '', proxy: () => tunnel.url };
    // The certificate is for localhost; its port means nothing to the proxy of this test.
    const error: unknown = await pushModule('registry.example:5000/a/b:1', fakeModule(1000), options).catch(
      (reason: unknown) => reason,
    );
    expect(error).toMatchObject({ kind: 'certificate' });
    expect(tunnel.asked[0]).toBe('registry.example:5000 Basic amFuZTpob3JzZQ==');
    const pushed = await pushModule('localhost:5000/a/b:1', fakeModule(1000), options);
    expect((await pullModule(pushed.image, options)).moduleDigest).toBe(pushed.moduleDigest);
  });

  test('with the certificate that it asks for, found where docker keeps it; without one it is refused', async () => {
    await using registry = await startRegistry({ tls: true, clientCertificates: true });
    const folder = await mkdtemp(join(tmpdir(), 'certs-'));
    const own = join(folder, registry.host);
    await mkdir(own);
    await writeFile(join(own, 'ca.crt'), registry.ca ?? '');
    const certificates = certificatesFrom([join(folder, 'nowhere'), folder]);
    const push = (options: OciOptions) =>
      pushModule(`${registry.host}/a/b:1`, fakeModule(1000), { ...nobody, ...options });
    await expect(push({ certificates })).rejects.toMatchObject({ exit: 'unreachable' });
    await writeFile(join(own, 'client.cert'), registry.client?.certificate ?? '');
    await expect(push({ certificates })).rejects.toMatchObject({ kind: 'credentials' });
    await writeFile(join(own, 'client.key'), registry.client?.key ?? '');
    expect((await push({ certificates })).imageDigest).toHaveLength(64);
    await rm(folder, { recursive: true });
  });
});
