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
