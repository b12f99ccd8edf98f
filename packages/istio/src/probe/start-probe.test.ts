import type { IncomingMessage } from 'node:http';
import { expect, test } from 'vitest';
import { type Answer, json, serveApi } from '../testing/api-server.ts';
import { objectFragment } from '../compile/object.ts';
import { kinds } from '../api/kinds.ts';
import type { ProbeObjects } from './design-probe.ts';
import { removeProbe, startProbe } from './start-probe.ts';

const signal = new AbortController().signal;
const labels = { 'wasmcast.dev/probe': 'p' };
const metadata = { name: 'probe', namespace: 'foo', labels };
const objects: ProbeObjects = {
  pod: { apiVersion: 'v1', kind: 'Pod', metadata },
  filters: [objectFragment(kinds.EnvoyFilter, { ...metadata, annotations: {} }, {})],
};

/** What stands in a small API server that knows only creation, reading and deletion. */
function store(standing: Map<string, object>, created: object[]): Answer {
  return (request, response) => {
    const path = request.url ?? '';
    if (request.method === 'GET') {
      const there = standing.get(path);
      return there === undefined ? json(response, 404, {}) : json(response, 200, there);
    }
    if (request.method === 'DELETE') {
      standing.delete(path);
      return json(response, 200, {});
    }
    void body(request).then((object) => {
      const at = `${path}/${object.metadata.name}`;
      if (standing.has(at)) return json(response, 409, {});
      const kept = { ...object, metadata: { ...object.metadata, uid: `uid-${standing.size}` } };
      standing.set(at, kept);
      created.push(kept);
      return json(response, 201, kept);
    });
  };
}

async function body(request: IncomingMessage): Promise<{ metadata: { name: string } }> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return JSON.parse(Buffer.concat(chunks).toString()) as { metadata: { name: string } };
}

test('its filters belong to its pod; what an earlier one left is replaced; nothing stays', async () => {
  const pod = '/api/v1/namespaces/foo/pods/probe';
  const standing = new Map<string, object>([[pod, { metadata: { ...metadata, uid: 'old' } }]]);
  const created: object[] = [];
  await using api = await serveApi(store(standing, created));
  const started = await startProbe(api.client, objects, signal);
  expect(created).toMatchObject([
    { kind: 'Pod' },
    { kind: 'EnvoyFilter', metadata: { ownerReferences: [{ kind: 'Pod', uid: started.pod.metadata.uid }] } },
  ]);
  await removeProbe(api.client, started);
  expect([...standing]).toEqual([]);
});

test('what is no probe is left alone', async () => {
  const pod = '/api/v1/namespaces/foo/pods/probe';
  const standing = new Map<string, object>([[pod, { metadata: { name: 'probe', uid: 'theirs' } }]]);
  await using api = await serveApi(store(standing, []));
  await expect(startProbe(api.client, objects, signal)).rejects.toMatchObject({ code: 'WC-IST-025' });
  expect(standing.size).toBe(1);
});

test('a webhook that does not answer is told as what it is', async () => {
  const message = 'Internal error occurred: failed calling webhook "policy.example": timeout';
  await using api = await serveApi((_request, response) =>
    json(response, 500, { kind: 'Status', message, reason: 'InternalError' }),
  );
  await expect(startProbe(api.client, objects, signal)).rejects.toMatchObject({
    message: expect.stringContaining('failed calling webhook') as string,
    exit: 'failed',
  });
});
