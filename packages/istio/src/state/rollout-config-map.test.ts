import { type RolloutRecord, toRolloutRecord } from '@wasmcast/core';
import { text } from 'node:stream/consumers';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import type { PatchOp } from '../api/client.ts';
import type { ConfigMapObject } from '../api/objects.ts';
import { json, serveApi } from '../testing/api-server.ts';
import { RolloutConfigMap } from './rollout-config-map.ts';

// That the store does what it promises is shown on a real API server, by the conformance suite. Here is what such a
// server does seldom, and what it would never do by itself.

const signal = (): AbortSignal => AbortSignal.timeout(10_000);

const path = '/api/v1/namespaces/istio-system/configmaps';
const name = 'wasmcast-shop-rollout';

function record(version: number): RolloutRecord {
  return toRolloutRecord(
    {
      fleet: 'shop',
      target: 'prod',
      id: 'r1',
      version,
      cause: 'apply',
      by: 'me@here',
      since: '2026-01-02T03:04:05Z',
      phase: 'rolling',
      waves: [],
      finished: 0,
      promoted: 0,
    },
    [],
    [],
  );
}

function object(version: number, content: Buffer = gzipSync(JSON.stringify(record(version)))) {
  return {
    metadata: {
      name,
      uid: 'u1',
      resourceVersion: '7',
      labels: { 'wasmcast.dev/fleet': 'shop' },
      annotations: { 'wasmcast.dev/rollout': 'r1', 'wasmcast.dev/rollout-version': String(version) },
    },
    data: { 'request.json': '{"kind":"dance"}' },
    binaryData: { 'rollout.json.gz': content.toString('base64') },
  };
}

/** What a patch of the store's own makes of the object. */
function patched(old: ConfigMapObject, operations: readonly PatchOp[]): ConfigMapObject {
  const annotations = { ...old.metadata.annotations };
  const binaryData = { ...old.binaryData };
  for (const { op, path: place, value } of operations) {
    const [, top = '', key = ''] = /^\/(metadata\/annotations|binaryData)\/(.+)$/.exec(place) ?? [];
    if (op === 'add' && top === 'binaryData') binaryData[key] = value as string;
    else if (op === 'add' && top !== '') annotations[key.replaceAll('~1', '/')] = value as string;
  }
  return { ...old, metadata: { ...old.metadata, annotations }, binaryData };
}

/** Answers in order; a request more is an error. */
async function scripted(...answers: readonly (readonly [status: number, body: unknown])[]) {
  const left = [...answers];
  const api = await serveApi((_request, response) => {
    const [status, body] = left.shift() ?? [418, { message: 'nothing more was expected' }];
    json(response, status, body);
  });
  return { ...api, store: new RolloutConfigMap(api.client, 'istio-system', 'prod') };
}

const overtaken = { code: 'WC-ROLL-010' };
const conflict = [409, { message: 'the object has been modified' }] as const;
const failedTest = [
  422,
  { message: 'the server rejected our request due to an error in our request' },
] as const;

describe('the rollout in a ConfigMap', () => {
  it('is written in one request', async () => {
    await using api = await scripted([201, object(1)], [200, object(2)]);
    await api.store.write(record(1), undefined, signal());
    await api.store.write(record(2), record(1), signal());
    expect(api.asked).toEqual([`POST ${path}`, `PATCH ${path}/${name}`]);
  });

  it('is written again when somebody asked something at the same moment', async () => {
    await using api = await scripted(conflict, [200, object(1)], [200, object(2)]);
    await api.store.write(record(2), record(1), signal());
    expect(api.asked).toHaveLength(3);
  });

  it('is known as written when only the answer was lost, by whoever wrote it and by nobody else', async () => {
    let standing: ConfigMapObject | undefined;
    // Takes every write, and loses every first answer.
    await using api = await serveApi((request, response) => {
      void text(request).then((body) => {
        if (request.method === 'GET') json(response, 200, standing);
        else if (request.method === 'POST' && standing === undefined) {
          standing = JSON.parse(body) as ConfigMapObject;
          request.socket.destroy();
        } else if (request.method === 'POST') json(response, 409, { reason: 'AlreadyExists' });
        else if (standing?.metadata.annotations?.['wasmcast.dev/rollout-version'] === '1') {
          standing = patched(standing, JSON.parse(body) as readonly PatchOp[]);
          request.socket.destroy();
        } else json(response, ...failedTest);
      });
    });
    const store = new RolloutConfigMap(api.client, 'istio-system', 'prod');
    await store.write(record(1), undefined, signal());
    await store.write(record(2), record(1), signal());
    expect(api.asked.map((line) => line.split(' ')[0]).join(' ')).toBe('POST POST GET PATCH PATCH GET');
    const other = new RolloutConfigMap(api.client, 'istio-system', 'prod');
    await expect(other.write(record(2), record(1), signal())).rejects.toMatchObject({ code: 'WC-ROLL-010' });
  });

  it('is somebody else’s when the version is another, and when it is gone', async () => {
    await using moved = await scripted(failedTest, [200, object(2)]);
    await expect(moved.store.write(record(2), record(1), signal())).rejects.toMatchObject({
      code: 'WC-ROLL-010',
    });
    await using gone = await scripted([404, { message: 'not found' }]);
    await expect(gone.store.write(record(2), record(1), signal())).rejects.toMatchObject({
      code: 'WC-ROLL-010',
    });
  });

  it('says what the API server refuses when the version is right', async () => {
    await using api = await scripted([422, { message: 'Too long' }], [200, object(1)]);
    await expect(api.store.write(record(2), record(1), signal())).rejects.toMatchObject({
      code: 'WC-KUBE-006',
    });
  });

  it('begins also when the old one goes meanwhile, and not over another', async () => {
    await using gone = await scripted(conflict, [404, { message: 'not found' }], [201, object(1)]);
    await gone.store.write(record(1), undefined, signal());
    await using taken = await scripted(conflict, [200, object(1)]);
    await expect(taken.store.write(record(1), undefined, signal())).rejects.toMatchObject(overtaken);
  });

  it('is deleted as it was seen, also when somebody asks something at the same moment', async () => {
    const bodies: string[] = [];
    let answers = 0;
    await using api = await serveApi((request, response) => {
      void text(request).then((body) => {
        if (request.method === 'GET') return json(response, 200, object(3));
        bodies.push(body);
        return json(response, answers++ === 0 ? 409 : 200, { message: 'the object has been modified' });
      });
    });
    const store = new RolloutConfigMap(api.client, 'istio-system', 'prod');
    await store.delete('shop', record(3), signal());
    const { preconditions } = JSON.parse(bodies[1] ?? '') as { preconditions: unknown };
    expect(preconditions).toEqual({ uid: 'u1', resourceVersion: '7' });
    expect(bodies).toHaveLength(2);
  });

  it('is not deleted by who was suspended between his look and the deletion', async () => {
    await using api = await scripted([200, object(3)], conflict, [200, object(4)]);
    await expect(api.store.delete('shop', record(3), signal())).rejects.toMatchObject(overtaken);
    expect(api.asked.map((line) => line.split(' ')[0]).join(' ')).toBe('GET DELETE GET');
  });

  it('hears nothing that another rollout was asked', async () => {
    await using api = await scripted(failedTest, [200, object(1)]);
    const request = { id: 'q', kind: 'abort', by: 'you', finished: 0 } as const;
    expect(await api.store.ask('shop', 'r0', request, signal())).toBe(false);
  });

  it('is never put in the place of what is not ours, nor deletes it', async () => {
    const foreign = { ...object(1), metadata: { name, uid: 'u1', labels: {} } };
    await using api = await scripted(conflict, [200, foreign], [200, foreign]);
    const fault = { code: 'WC-IST-025' };
    await expect(api.store.write(record(1), undefined, signal())).rejects.toMatchObject(fault);
    await expect(api.store.delete('shop', record(1), signal())).rejects.toMatchObject(fault);
  });

  it('does not hear what cannot have been asked', async () => {
    await using api = await scripted([200, object(3)]);
    expect(await api.store.read('shop', signal())).toEqual({ record: record(3) });
  });

  it('is not mistaken for one of a target of another name', async () => {
    const old = gzipSync(JSON.stringify({ ...record(3), target: 'production' }));
    await using api = await scripted([200, object(3, old)]);
    await expect(api.store.read('shop', signal())).rejects.toMatchObject({
      code: 'WC-ROLL-015',
      message: expect.stringContaining('when that target was called production') as string,
    });
  });

  it.each([
    ['no gzip', Buffer.from('{}')],
    ['a bomb', gzipSync(Buffer.alloc(40 * 1024 * 1024))],
    ['no record', gzipSync('{"schema":"wasmcast.dev/rollout/v1"}')],
    ['of another version', gzipSync(JSON.stringify(record(2)))],
    ['of another fleet', gzipSync(JSON.stringify({ ...record(3), fleet: 'zoo' }))],
  ])('is not believed when it is %s', async (_what, content) => {
    await using api = await scripted([200, object(3, content)]);
    await expect(api.store.read('shop', signal())).rejects.toMatchObject({
      code: 'WC-ROLL-014',
      help: expect.stringContaining(`kubectl delete configmap -n istio-system ${name}`) as string,
    });
  });
});
