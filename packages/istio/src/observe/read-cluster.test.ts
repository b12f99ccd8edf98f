import { expect, it } from 'vitest';
import { kinds } from '../api/kinds.ts';
import { json, serveApi } from '../testing/api-server.ts';
import { settings } from '../testing/native.ts';
import { observe } from './observe.ts';
import { listOwned } from './read-cluster.ts';

const signal = (): AbortSignal => AbortSignal.timeout(10_000);

it('a kind that the cluster does not have is no fault, also for who may look into one namespace only', async () => {
  await using api = await serveApi((request, response) => {
    const whole = request.url?.includes('/namespaces/') !== true;
    json(response, whole ? 403 : 404, { message: 'no' });
  });
  expect(await listOwned(api.client, kinds.TrafficExtension, 'a=b', ['foo'], signal())).toBeUndefined();
});

it('a cluster without Istio is told before anything is written there', async () => {
  await using api = await serveApi((request, response) => {
    if (request.url?.includes('.istio.io/') === true) json(response, 404, { message: 'page not found' });
    else if (request.method === 'POST')
      json(response, 201, {
        status: { resourceRules: [{ verbs: ['*'], apiGroups: ['*'], resources: ['*'] }] },
      });
    else json(response, 200, { metadata: { name: 'foo' }, items: [] });
  });
  const query = { fleet: 'shop', selectors: [{ namespace: 'foo', labels: {} }] };
  const { observed } = await observe(api.client, settings, query, async () => [], signal());
  expect(observed.diagnostics).toMatchObject([{ severity: 'error', code: 'WC-IST-032' }]);
});
