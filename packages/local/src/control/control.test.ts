import { chmodSync, lstatSync, mkdirSync, mkdtempSync, rmSync, statSync, symlinkSync } from 'node:fs';
import { createServer, request, type IncomingMessage } from 'node:http';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import type { Selector } from '@wasmcast/core';
import { describe, expect, it } from 'vitest';
import { startMesh } from '../start-mesh.ts';
import { connectLocal, LocalTarget } from '../target/local-target.ts';
import { startTestMesh, testService } from '../testing/meshes.ts';
import { listenOnSocket } from './listen.ts';
import { ensureSocketFolder, socketPathFor, type LocalTargetSpec } from './socket-path.ts';

/** Selects every service of namespace `shop`. */
const everywhere: Selector = { namespace: 'shop', labels: {} };

const soon = (): AbortSignal => AbortSignal.timeout(10_000);

function specIn(folder: string, name = 'laptop'): LocalTargetSpec {
  return { kind: 'local', name, services: [testService('cart')], declaredIn: join(folder, 'wasmcast.yaml') };
}

function scratch(): Disposable & { readonly path: string } {
  const path = mkdtempSync(join(tmpdir(), 'wc-'));
  return { path, [Symbol.dispose]: () => rmSync(path, { recursive: true, force: true }) };
}

describe('the path of the control socket', () => {
  it('is one per folder of a manifest and name of a target', () => {
    const environment = { runtimeDir: '/run/user/7', tmpdir: '/tmp', uid: 7 };
    const path = socketPathFor(specIn('/a'), environment);
    expect(path).toMatch(/^\/run\/user\/7\/wasmcast\/[0-9a-f]{16}\.sock$/);
    expect(socketPathFor(specIn('/a'), environment)).toBe(path);
    expect(socketPathFor(specIn('/b'), environment)).not.toBe(path);
    expect(socketPathFor(specIn('/a', 'other'), environment)).not.toBe(path);
  });

  it('is the same through a symbolic link', () => {
    using folder = scratch();
    mkdirSync(join(folder.path, 'real'));
    symlinkSync(join(folder.path, 'real'), join(folder.path, 'link'));
    expect(socketPathFor(specIn(join(folder.path, 'link')))).toBe(
      socketPathFor(specIn(join(folder.path, 'real'))),
    );
  });

  it('goes to the temporary folder when there is no runtime folder, or too long a one', () => {
    const none = { runtimeDir: undefined, tmpdir: '/tmp', uid: 7 };
    expect(dirname(socketPathFor(specIn('/a'), none))).toBe('/tmp/wasmcast-7');
    const long = { ...none, runtimeDir: `/${'x'.repeat(90)}` };
    expect(dirname(socketPathFor(specIn('/a'), long))).toBe('/tmp/wasmcast-7');
    const hopeless = { ...long, tmpdir: `/${'y'.repeat(90)}` };
    expect(() => socketPathFor(specIn('/a'), hopeless)).toThrow(
      expect.objectContaining({ code: 'WC-LOC-003' }) as Error,
    );
  });
});

describe('the control socket', () => {
  it('lies in a folder of its own, and only the user can open either', async () => {
    using folder = scratch();
    const socketPath = join(folder.path, 'wasmcast', 'x.sock');
    await using mesh = await startMesh({ target: specIn(folder.path), socketPath, signal: soon() });
    expect(statSync(dirname(mesh.socketPath)).mode & 0o777).toBe(0o700);
    const socket = lstatSync(mesh.socketPath);
    expect([socket.isSocket(), socket.mode & 0o777, socket.uid]).toEqual([true, 0o600, process.getuid?.()]);
  });

  it('is found by the manifest alone', async () => {
    using folder = scratch();
    const spec = specIn(folder.path);
    await using mesh = await startMesh({ target: spec, signal: soon() });
    expect(mesh.socketPath).toBe(socketPathFor(spec));
    const observed = await connectLocal(spec).observe({ fleet: 'f', selectors: [everywhere] }, soon());
    expect(observed.workloads.map((workload) => workload.id.name)).toEqual(['cart']);
  });

  it('is not put into a folder that others can enter, that is another one’s, or no folder', () => {
    using folder = scratch();
    const open = join(folder.path, 'open');
    mkdirSync(open);
    chmodSync(open, 0o755);
    const fault = expect.objectContaining({ code: 'WC-LOC-003' }) as Error;
    expect(() => ensureSocketFolder(join(open, 'x.sock'))).toThrow(fault);
    chmodSync(open, 0o700);
    expect(() => ensureSocketFolder(join(open, 'x.sock'))).not.toThrow();
    expect(() => ensureSocketFolder(join(open, 'x.sock'), 4242)).toThrow(fault);
    symlinkSync(open, join(folder.path, 'link'));
    expect(() => ensureSocketFolder(join(folder.path, 'link', 'x.sock'))).toThrow(fault);
  });

  it('is not used by a client when its folder is open to others', async () => {
    await using mesh = await startTestMesh();
    chmodSync(dirname(mesh.socketPath), 0o755);
    const query = { fleet: 'f', selectors: [everywhere] };
    await expect(mesh.target.observe(query, soon())).rejects.toMatchObject({ code: 'WC-LOC-003' });
    chmodSync(dirname(mesh.socketPath), 0o700);
    expect((await mesh.target.observe(query, soon())).workloads).toHaveLength(2);
  });

  it('of a mesh that lives is not taken over', async () => {
    await using mesh = await startTestMesh();
    const again = startMesh({ target: specIn('/a'), socketPath: mesh.socketPath, signal: soon() });
    await expect(again).rejects.toMatchObject({ code: 'WC-LOC-002' });
    // Its services would be in the way too, but the reason is another.
    const services = [{ ...testService('cart'), port: mesh.port('cart') }];
    const same = startMesh({
      target: { ...specIn('/a'), services },
      socketPath: mesh.socketPath,
      signal: soon(),
    });
    await expect(same).rejects.toMatchObject({ code: 'WC-LOC-002' });
    expect(
      (await mesh.target.observe({ fleet: 'f', selectors: [everywhere] }, soon())).workloads,
    ).toHaveLength(2);
  });

  it('of a mesh that was killed is replaced', async () => {
    using folder = scratch();
    const socketPath = join(folder.path, 'x.sock');
    const script = `require('http').createServer().listen(${JSON.stringify(socketPath)}, () => process.kill(process.pid, 'SIGKILL'))`;
    await once(spawn(process.execPath, ['-e', script]), 'exit');
    expect(lstatSync(socketPath).isSocket()).toBe(true);
    await using mesh = await startMesh({ target: specIn(folder.path), socketPath, signal: soon() });
    const target = connectLocal(specIn(folder.path), mesh.socketPath);
    expect((await target.observe({ fleet: 'f', selectors: [everywhere] }, soon())).workloads).toHaveLength(1);
  });

  it('goes to one of several that start at once', async () => {
    using folder = scratch();
    const socketPath = join(folder.path, 'x.sock');
    const servers = Array.from({ length: 5 }, () => createServer());
    const results = await Promise.allSettled(servers.map((server) => listenOnSocket(server, socketPath)));
    expect(results.filter((result) => result.status === 'fulfilled')).toHaveLength(1);
    for (const server of servers) server.close();
  });

  it('that nobody serves makes a target unreachable, with advice', async () => {
    using folder = scratch();
    const target = new LocalTarget('laptop', join(folder.path, 'wasmcast', 'none.sock'));
    const there = new LocalTarget('laptop', join(folder.path, 'none.sock'));
    for (const each of [target, there])
      // oxlint-disable-next-line no-await-in-loop
      await expect(each.observe({ fleet: 'f', selectors: [everywhere] }, soon())).rejects.toMatchObject({
        code: 'WC-LOC-001',
        exit: 'unreachable',
        help: expect.stringContaining('wasmcast run') as string,
      });
  });

  it('answers what it does not know, and what is no JSON, with an error', async () => {
    await using mesh = await startTestMesh();
    const send = async (method: string, path: string, body: string) => {
      const outgoing = request({ socketPath: mesh.socketPath, method, path, agent: false });
      outgoing.end(body);
      const [message] = (await once(outgoing, 'response')) as [IncomingMessage];
      let text = '';
      for await (const chunk of message) text += String(chunk);
      return (JSON.parse(text) as { error: { code: string } }).error.code;
    };
    expect(await send('GET', '/v2/hello', '')).toBe('WC-LOC-010');
    expect(await send('GET', '/v1/mesh', '')).toBe('WC-LOC-007');
    expect(await send('POST', '/v1/steps', '{')).toBe('WC-LOC-007');
    expect(await send('POST', '/v1/steps', '{"id":"x"}')).toBe('WC-LOC-007');
    expect(await send('POST', '/v1/steps', '[]')).toBe('WC-LOC-007');
    expect(await send('POST', '/v1/revisions', '{"schema":"wasmcast.dev/revision/v1"}')).toBe('WC-LOC-007');
    expect(await send('POST', '/v1/rollout', '{"schema":"wasmcast.dev/rollout/v1"}')).toBe('WC-LOC-007');
    expect(await send('POST', '/v1/rollout/request?fleet=f', '{"kind":"explode"}')).toBe('WC-LOC-007');
  });

  it('frees the lock of a client that dies', async () => {
    await using mesh = await startTestMesh();
    const holder = { owner: 'me@here', since: '2026-01-01T00:00:00Z', nonce: 'n1' };
    const outgoing = request({
      socketPath: mesh.socketPath,
      method: 'POST',
      path: '/v1/lock?fleet=f',
      agent: false,
    });
    outgoing.on('error', () => {});
    outgoing.end(JSON.stringify(holder));
    await once(outgoing, 'response');
    expect(await mesh.target.lock.holder('f', soon())).toEqual(holder);
    outgoing.destroy();
    await expect.poll(() => mesh.target.lock.holder('f', soon()), { interval: 2 }).toBeUndefined();
  });
});
