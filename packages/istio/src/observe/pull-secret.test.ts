import { expect, test } from 'vitest';
import { json, serveApi } from '../testing/api-server.ts';
import { readPullSecret } from './pull-secret.ts';

const config = '{"auths":{}}';
const data = { '.dockerconfigjson': Buffer.from(config).toString('base64') };
const type = 'kubernetes.io/dockerconfigjson';

test.each([
  [200, { type, data }, { kind: 'found', config }],
  [200, { type, data: {} }, { kind: 'other-type', type }],
  [200, { type: 'Opaque', data }, { kind: 'other-type', type: 'Opaque' }],
  [404, { reason: 'NotFound' }, { kind: 'missing' }],
  [403, { reason: 'Forbidden' }, { kind: 'not-permitted' }],
])('%i %j', async (status, body, expected) => {
  await using api = await serveApi((_request, response) => json(response, status, body));
  const signal = AbortSignal.timeout(5000);
  expect(await readPullSecret(api.client, 'foo', 'login', signal)).toEqual(expected);
  expect(api.asked).toEqual(['GET /api/v1/namespaces/foo/secrets/login']);
});
