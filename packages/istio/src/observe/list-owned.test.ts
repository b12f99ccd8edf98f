import { expect, it } from 'vitest';
import { kinds } from '../api/kinds.ts';
import { json, serveApi } from '../testing/api-server.ts';
import { listOwned } from './list-owned.ts';

const signal = (): AbortSignal => AbortSignal.timeout(10_000);
const places = (present: readonly string[], former: readonly string[] = []) => ({
  present,
  former: async () => former,
});

it('a kind that the cluster does not have is no fault, also for who may look into one namespace only', async () => {
  await using api = await serveApi((request, response) => {
    const whole = request.url?.includes('/namespaces/') !== true;
    json(response, whole ? 403 : 404, { message: 'no' });
  });
  const list = listOwned(api.client, kinds.TrafficExtension, 'shop', places(['foo']), signal());
  expect(await list).toBeUndefined();
});

it('who may look into single namespaces only sees also what is left where no binding points any more', async () => {
  await using api = await serveApi((request, response) => {
    const namespace = /\/namespaces\/([^/]+)\//.exec(request.url ?? '')?.[1];
    if (namespace === undefined || namespace === 'lost') json(response, 403, { message: 'no' });
    else json(response, 200, { items: [{ metadata: { name: 'x', namespace } }] });
  });
  const ask = (present: readonly string[], former: readonly string[]) =>
    listOwned(api.client, kinds.EnvoyFilter, 'shop', places(present, former), signal());
  expect(await ask(['foo'], ['bar', 'foo', 'lost'])).toEqual({
    items: [{ metadata: { name: 'x', namespace: 'foo' } }, { metadata: { name: 'x', namespace: 'bar' } }],
    unseen: ['lost'],
  });
  await expect(ask(['lost'], [])).rejects.toMatchObject({ status: 403 });
});
