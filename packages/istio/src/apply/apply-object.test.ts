import { text } from 'node:stream/consumers';
import type { JsonObject, Step } from '@wasmcast/core';
import { describe, expect, it } from 'vitest';
import type { ObjectFragment } from '../compile/object.ts';
import { json, serveApi } from '../testing/api-server.ts';
import { applyStep } from './apply-step.ts';

const signal = (): AbortSignal => AbortSignal.timeout(10_000);
const ours = async (): Promise<void> => undefined;
const labels = { 'wasmcast.dev/fleet': 'shop', 'app.kubernetes.io/managed-by': 'wasmcast' };

function fragment(annotations: Record<string, string>, spec: JsonObject): ObjectFragment {
  const metadata = { name: 'x', namespace: 'foo', labels, annotations };
  return { apiVersion: 'networking.istio.io/v1alpha3', kind: 'EnvoyFilter', metadata, spec };
}

function step(before: ObjectFragment | null, after: ObjectFragment | null): Step {
  const precondition = before === null ? {} : { uid: 'u', resourceVersion: '7' };
  const fragments = { before, after } as unknown as Pick<Step, 'before' | 'after'>;
  return { id: 's', stage: 'change', summary: 's', precondition, ...fragments, restarts: 0 };
}

describe('writing an object', () => {
  it('takes annotations of ours away that are not wanted any more, or every plan would find them', async () => {
    let patch = '';
    await using api = await serveApi((request, response) => {
      void text(request).then((body) => {
        patch = body;
        json(response, 200, { metadata: { name: 'x' } });
      });
    });
    const before = fragment({ 'wasmcast.dev/old': '1', 'wasmcast.dev/mounts': 'a' }, {});
    await applyStep(api.client, step(before, fragment({ 'wasmcast.dev/mounts': 'b' }, {})), ours, signal());
    expect(JSON.parse(patch)).toEqual([
      { op: 'test', path: '/metadata/resourceVersion', value: '7' },
      { op: 'add', path: '/metadata/labels/wasmcast.dev~1fleet', value: 'shop' },
      { op: 'add', path: '/metadata/labels/app.kubernetes.io~1managed-by', value: 'wasmcast' },
      { op: 'remove', path: '/metadata/annotations/wasmcast.dev~1old' },
      { op: 'add', path: '/metadata/annotations/wasmcast.dev~1mounts', value: 'b' },
      { op: 'add', path: '/spec', value: {} },
    ]);
  });

  it('gives an object that somebody stripped of its annotations all of them back', async () => {
    const sent: string[] = [];
    await using api = await serveApi((request, response) => {
      const standing = { metadata: { name: 'x', namespace: 'foo', labels, resourceVersion: '8' }, spec: {} };
      void text(request).then((body) => {
        sent.push(body);
        json(response, 200, standing);
      });
    });
    const after = fragment({ 'wasmcast.dev/mounts': 'b' }, {});
    await applyStep(api.client, step(fragment({}, {}), after), ours, signal());
    expect(api.asked.map((line) => line.split(' ')[0])).toEqual(['GET', 'PATCH']);
    expect(JSON.parse(sent[1] ?? '')).toEqual(
      expect.arrayContaining([
        { op: 'test', path: '/metadata/resourceVersion', value: '8' },
        { op: 'add', path: '/metadata/annotations', value: {} },
        { op: 'add', path: '/metadata/annotations/wasmcast.dev~1mounts', value: 'b' },
      ]),
    );
  });

  it('refuses one that lost our label too, and says how it gets it back', async () => {
    await using api = await serveApi((request, response) => {
      if (request.method === 'POST')
        json(response, 409, { message: 'already exists', reason: 'AlreadyExists' });
      else json(response, 200, { metadata: { name: 'x', namespace: 'foo' }, spec: {} });
    });
    await expect(applyStep(api.client, step(null, fragment({}, {})), ours, signal())).rejects.toMatchObject({
      code: 'WC-IST-025',
      help: expect.stringContaining('kubectl label envoyfilters -n foo x wasmcast.dev/fleet=shop') as string,
    });
  });

  it('gives up on a server that says that the object exists, and does not have it', async () => {
    await using api = await serveApi((request, response) => {
      json(response, request.method === 'POST' ? 409 : 404, { message: 'no' });
    });
    const applied = applyStep(api.client, step(null, fragment({}, {})), ours, signal());
    await expect(applied).rejects.toMatchObject({ code: 'WC-IST-026' });
    expect(api.asked.length).toBe(10);
  });
});

describe('mounting modules', () => {
  const volume = { name: 'wasmcast-shop', projected: { sources: [{ configMap: { name: 'm-1' } }] } };
  const workload = { namespace: 'foo', kind: 'Deployment', name: 'front' };
  const state = { kind: 'PodTemplate', fleet: 'shop', workload };
  const mounting: Step = {
    id: 's',
    stage: 'change',
    summary: 's',
    precondition: { uid: 'u', generation: 3, volume: null, mount: null, hasAnnotations: true },
    before: { ...state, volume: null, mount: null, label: null },
    after: { ...state, volume, mount: { name: 'wasmcast-shop', mountPath: '/x' }, label: 'h' },
    restarts: 1,
  };

  it('is refused when a ConfigMap went since the plan was made: its pods would never start', async () => {
    await using api = await serveApi((_, response) => json(response, 200, { items: [] }));
    await expect(applyStep(api.client, mounting, ours, signal())).rejects.toMatchObject({
      code: 'WC-IST-026',
      message: 'ConfigMap foo/m-1, which the pods of Deployment front are to mount, is not there',
    });
    expect(api.asked.map((line) => line.split(' ')[0])).toEqual(['GET']);
  });

  it('is one patch when they are there', async () => {
    await using api = await serveApi((_, response) =>
      json(response, 200, { items: [{ metadata: { name: 'm-1' } }] }),
    );
    await applyStep(api.client, mounting, ours, signal());
    expect(api.asked.map((line) => line.split(' ')[0])).toEqual(['GET', 'PATCH']);
  });
});

describe('a process that somebody else has overtaken', () => {
  const overtaken = new Error('overtaken');
  const theirs = (): Promise<void> => Promise.reject(overtaken);
  const before = fragment({ 'wasmcast.dev/mounts': 'a' }, {});
  const standing = { metadata: { ...before.metadata, uid: 'u', resourceVersion: '9' }, spec: {} };
  const workload = { namespace: 'foo', kind: 'Deployment', name: 'front' };
  const state = { kind: 'PodTemplate', fleet: 'shop', workload, volume: null, mount: null };
  const template: Step = {
    id: 's',
    stage: 'change',
    summary: 's',
    precondition: { uid: 'u', generation: 3, volume: null, mount: null, hasAnnotations: true },
    before: { ...state, label: null },
    after: { ...state, label: 'h' },
    restarts: 1,
  };

  // Its plan is of an older version; what stands there again looks as it did then.
  it.each<[string, Step, object]>([
    ['an update', step(before, fragment({ 'wasmcast.dev/mounts': 'b' }, {})), standing],
    ['a deletion', step(before, null), standing],
    [
      'a pod template',
      template,
      {
        metadata: { name: 'front', uid: 'u', generation: 5 },
        spec: { template: { metadata: { annotations: {} } } },
      },
    ],
  ])('writes nothing when its first try was refused: %s', async (_what, late, found) => {
    await using api = await serveApi((request, response) => {
      if (request.method === 'GET') json(response, 200, found);
      else json(response, 409, { message: 'the object has been modified' });
    });
    await expect(applyStep(api.client, late, theirs, signal())).rejects.toBe(overtaken);
    expect(api.asked.filter((line) => !line.startsWith('GET'))).toHaveLength(1);
  });

  it('deletes nothing after it has waited for pods', async () => {
    await using api = await serveApi((_, response) => json(response, 200, { items: [] }));
    const unused = { label: 'mounts.wasmcast.dev/shop', value: 'a' };
    const late = { ...step(before, null), precondition: { uid: 'u', resourceVersion: '7', unused } };
    await expect(applyStep(api.client, late, theirs, signal())).rejects.toBe(overtaken);
    expect(api.asked.filter((line) => !line.startsWith('GET'))).toEqual([]);
  });

  it('creates nothing anew that went meanwhile', async () => {
    await using api = await serveApi((request, response) => {
      json(response, request.method === 'POST' ? 409 : 404, { message: 'no' });
    });
    await expect(applyStep(api.client, step(null, before), theirs, signal())).rejects.toBe(overtaken);
    expect(api.asked).toHaveLength(2);
  });
});
