import { createHash } from 'node:crypto';
import type http from 'node:http';
import type { Sha256 } from '@wasmcast/core';
import { expect, it } from 'vitest';
import { json, serveApi } from '../testing/api-server.ts';
import { digest } from '../testing/native.ts';
import { ModuleBytes } from './module-bytes.ts';

it.each([403, 500])('a ConfigMap that cannot be read (%d) says nothing about its module', async (status) => {
  await using api = await serveApi((_, response) => json(response, status, { message: 'no' }));
  const proof = new ModuleBytes(api.client).fault('shop', 'foo', digest('a'), AbortSignal.timeout(10_000));
  await expect(proof).rejects.toMatchObject({ status });
});

it('a ConfigMap that is gone, can be changed, or holds another module is a fault', async () => {
  const answers = [
    [404, {}],
    [200, { binaryData: {} }],
    [200, { immutable: true, binaryData: { 'module.wasm': 'AGFzbQ==' } }],
  ] as const;
  let asked = 0;
  await using api = await serveApi((_, response) => {
    const [status, body] = answers[asked++] ?? answers[0];
    json(response, status, body);
  });
  const modules = new ModuleBytes(api.client);
  const fault = () => modules.fault('shop', 'foo', digest('a'), AbortSignal.timeout(10_000));
  expect(await fault()).toContain('there is no ConfigMap');
  expect(await fault()).toContain('is not immutable');
  expect(await fault()).toContain('holds a module with sha256:cd5d4935');
});

it('a pod that gives up takes the reading from no other', async () => {
  const bytes = Buffer.from([0, 97, 115, 109]);
  const sum = createHash('sha256').update(bytes).digest('hex') as Sha256;
  const arrived = Promise.withResolvers<http.ServerResponse>();
  await using api = await serveApi((_, response) => arrived.resolve(response));
  const modules = new ModuleBytes(api.client);
  const ask = (signal: AbortSignal) => modules.fault('shop', 'foo', sum, signal);
  const first = new AbortController();
  const lost = ask(first.signal);
  const kept = ask(AbortSignal.timeout(10_000));
  const response = await arrived.promise;
  first.abort(new Error('too late'));
  await expect(lost).rejects.toThrow('too late');
  json(response, 200, { immutable: true, binaryData: { 'module.wasm': bytes.toString('base64') } });
  expect(await kept).toBeUndefined();
  expect(await ask(AbortSignal.timeout(10_000))).toBeUndefined();
  expect(api.asked.length).toBe(1);
});

it('a reading that nobody waits for any more ends, and the next one begins anew', async () => {
  const asked = Promise.withResolvers<void>();
  const closed = Promise.withResolvers<void>();
  await using api = await serveApi((_, response) => {
    if (api.asked.length > 1) json(response, 404, {});
    response.on('close', () => closed.resolve());
    asked.resolve();
  });
  const modules = new ModuleBytes(api.client);
  const only = new AbortController();
  const lost = modules.fault('shop', 'foo', digest('a'), only.signal);
  await asked.promise;
  only.abort(new Error('too late'));
  await expect(lost).rejects.toThrow('too late');
  await closed.promise;
  const next = modules.fault('shop', 'foo', digest('a'), AbortSignal.timeout(10_000));
  expect(await next).toContain('there is no ConfigMap');
});
