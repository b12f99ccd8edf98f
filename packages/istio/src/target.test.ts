import { gzipSync } from 'node:zlib';
import { type Revision, toRevision } from '@wasmcast/core';
import { expect, it } from 'vitest';
import { type Answer, json, serveApi } from './testing/api-server.ts';
import { filter, frontpage, settings } from './testing/native.ts';
import { IstioTarget } from './target.ts';

const signal = (): AbortSignal => AbortSignal.timeout(10_000);
const everything = {
  status: { resourceRules: [{ verbs: ['*'], apiGroups: ['*'], resources: ['*'] }] },
};

it('a cluster without Istio is told before anything is written there', async () => {
  await using api = await serveApi((request, response) => {
    if (request.url?.includes('.istio.io/') === true) json(response, 404, { message: 'page not found' });
    else if (request.method === 'POST') json(response, 201, everything);
    else json(response, 200, { metadata: { name: 'foo' }, items: [] });
  });
  await using target = new IstioTarget(api.client, settings);
  const query = { fleet: 'shop', selectors: [{ namespace: 'foo', labels: {} }] };
  const { diagnostics } = await target.observe(query, signal());
  expect(diagnostics).toMatchObject([{ severity: 'error', code: 'WC-IST-032' }]);
});

/** A cluster with one revision, live in the namespaces `left` and `closed`, of which only `closed` may not be read. */
function withRevision(): Answer {
  const info = { fleet: 'shop', target: 'prod', number: 1, at: '', by: 'me', cause: 'apply' };
  const revision: Revision = toRevision(
    info,
    ['left', 'closed'].map((namespace) => ({
      workload: { ...frontpage, namespace },
      direction: 'inbound',
      filters: [filter('a')],
    })),
  );
  const packed = gzipSync(JSON.stringify(revision)).toString('base64');
  const metadata = { name: 'wasmcast-shop-r1', namespace: 'istio-system' };
  const stored = { metadata: { ...metadata, labels: { 'wasmcast.dev/revision': '1' } } };
  // What tells whose module it is was taken off, but for the fleet's label, by which it was listed.
  const module = { metadata: { name: 'wasmcast-shop-aaaaaaaaaaaaaaaa', namespace: 'left' } };
  const configMaps: Readonly<Record<string, unknown>> = { 'istio-system': [stored], left: [module] };
  return (request, response) => {
    const [path = ''] = (request.url ?? '').split('?');
    const [, namespace, kind, name] = /\/namespaces\/([^/]+)(?:\/([^/]+)(?:\/([^/]+))?)?$/.exec(path) ?? [];
    if (request.method === 'POST') json(response, 201, everything);
    else if (namespace === undefined || namespace === 'closed') json(response, 403, { message: 'no' });
    else if (kind === undefined) json(response, 200, { metadata: { name: namespace } });
    else if (name !== undefined)
      json(response, 200, { ...stored, binaryData: { 'revision.json.gz': packed } });
    else if (kind === 'configmaps') json(response, 200, { items: configMaps[namespace] ?? [] });
    else if (kind === 'envoyfilters' && namespace === 'left') {
      const labels = { 'wasmcast.dev/fleet': 'shop' };
      json(response, 200, { items: [{ metadata: { name: 'old', namespace, labels } }] });
    } else json(response, 200, { items: [] });
  };
}

it('rights in single namespaces do not hide what a former revision left where no binding points any more', async () => {
  await using api = await serveApi(withRevision());
  await using target = new IstioTarget(api.client, settings);
  const query = { fleet: 'shop', selectors: [{ namespace: 'foo', labels: {} }] };
  const observed = await target.observe(query, signal());
  expect(observed.diagnostics).toMatchObject([
    { severity: 'warning', code: 'WC-IST-034', subject: 'namespace closed', exit: 'notPermitted' },
  ]);
  const change = { fleet: 'shop', chains: [], removeAll: true, retained: [] };
  expect(target.compile(change, observed, new Map()).steps.map((step) => step.id)).toEqual([
    'delete EnvoyFilter left/old',
    'delete ConfigMap left/wasmcast-shop-aaaaaaaaaaaaaaaa',
  ]);
});

it('what was read before the lock was taken is read anew under it', async () => {
  const answer = withRevision();
  let lists = 0;
  await using api = await serveApi((request, response) => {
    if (request.url?.includes('/istio-system/configmaps?') === true) lists += 1;
    if (request.url?.includes('/leases') === true) json(response, 201, { metadata: { uid: '1' } });
    else answer(request, response);
  });
  await using target = new IstioTarget(api.client, settings);
  await target.observe({ fleet: 'shop', selectors: [] }, signal());
  const before = lists;
  await using _lock = await target.lock.acquire('shop', { owner: 'me', since: '', nonce: '1' }, signal());
  expect(await target.revisions.list('shop', signal())).toMatchObject([{ number: 1 }]);
  expect(lists).toBe(before + 1);
});
