import { expect, it } from 'vitest';
import { json, serveApi } from '../testing/api-server.ts';
import { readMeshVersion } from './mesh-version.ts';

const never = new AbortController().signal;

/** Which version is found behind a revision when the API server has these objects, by path. */
async function found(
  revision: string,
  objects: Readonly<Record<string, object>>,
): Promise<string | undefined> {
  await using api = await serveApi((request, response) => {
    const object = objects[(request.url ?? '').split('?')[0] ?? ''];
    json(response, object === undefined ? 404 : 200, object ?? { kind: 'Status', code: 404 });
  });
  return (await readMeshVersion(api.client, revision, [], never)).istio;
}

const injector = '/api/v1/namespaces/istio-system/configmaps/istio-sidecar-injector';
const istiod = '/apis/apps/v1/namespaces/istio-system/deployments/istiod';
const tag =
  '/apis/admissionregistration.k8s.io/v1/mutatingwebhookconfigurations/istio-revision-tag-prod-stable';
const labelled = (labels: object) => ({ metadata: { name: 'x', labels } });
const running = (image: string) => ({
  metadata: { name: 'istiod' },
  spec: { template: { spec: { containers: [{ name: 'discovery', image }] } } },
});

it('the label of the injector configuration says it first', async () => {
  const objects = {
    [injector]: labelled({ 'app.kubernetes.io/version': '1.28.1' }),
    [istiod]: running('docker.io/istio/pilot:1.20.1'),
  };
  expect(await found('default', objects)).toBe('1.28');
});

it('before 1.24 the image of istiod does', async () => {
  const objects = { [injector]: labelled({}), [`${istiod}-canary`]: running('docker.io/istio/pilot:1.20.1') };
  expect(await found('canary', objects)).toBe('1.20');
});

it('a tag is the revision that it points to', async () => {
  const objects = {
    [tag]: labelled({ 'istio.io/tag': 'prod-stable', 'istio.io/rev': '1-22-3' }),
    [`${istiod}-1-22-3`]: running('registry.example:5000/pilot:1.22.3@sha256:aa'),
    [injector]: labelled({ 'app.kubernetes.io/version': '1.31.0' }),
  };
  expect(await found('prod-stable', objects)).toBe('1.22');
});

it('unknown is an answer', async () => {
  expect(await found('default', {})).toBeUndefined();
});
