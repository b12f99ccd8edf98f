import {
  type KubeClient as TestClient,
  type KubeObject,
  namespaceObject,
  requireComponent,
  type RunningApiServer,
  skipNote,
  startApiServer,
} from '@wasmcast/testbed';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { defaultLimits, KubeClient } from '../src/api/client.ts';
import { openEndpoint } from '../src/api/endpoint.ts';
import { kinds } from '../src/api/kinds.ts';
import { leanPod } from '../src/api/lean-pod.ts';
import type { PodObject } from '../src/api/objects.ts';

const patch = { contentType: 'application/strategic-merge-patch+json' };
const missing = await requireComponent('api-server');
const namespace = 'pod-list';
const now = '2026-01-02T03:04:05Z';
const signal = (): AbortSignal => AbortSignal.timeout(20_000);

/** As full as a pod gets: every field that is read of one, and many that are not. */
function podOf(name: string, more: { readonly spec?: object; readonly metadata?: object } = {}): KubeObject {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name,
      namespace,
      labels: { app: name, 'pod-template-hash': '' },
      annotations: { 'example.com/words': 'ÄÖ 漢字 🎈', 'example.com/long': 'x'.repeat(5000) },
      ...more.metadata,
    },
    spec: {
      initContainers: [
        { name: 'istio-init', image: 'proxyv2:1', args: ['a', ''], restartPolicy: 'Always' },
        { name: 'second', image: 'i:1', env: [{ name: 'A', value: 'b' }] },
      ],
      containers: [
        {
          name: 'istio-proxy',
          image: 'proxyv2:1',
          args: ['proxy', 'sidecar', ''],
          volumeMounts: [
            { name: 'modules', mountPath: '/var/local/modules', readOnly: true },
            { name: 'other', mountPath: '/other', subPath: 'x' },
          ],
          resources: { limits: { cpu: '2' } },
        },
        { name: 'app', image: 'app:1', livenessProbe: { httpGet: { port: 8080 } } },
      ],
      volumes: [
        {
          name: 'modules',
          projected: {
            sources: [
              { configMap: { name: 'module-1', items: [{ key: 'a.wasm', path: 'b.wasm' }] } },
              { secret: { name: 's' } },
              { configMap: { name: 'module-2', optional: true } },
            ],
          },
        },
        { name: 'other', emptyDir: { medium: 'Memory' } },
      ],
      ...more.spec,
    },
  };
}

function owner(name: string): KubeObject {
  return { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, namespace } };
}

const ended = { exitCode: 137, reason: 'OOMKilled', startedAt: now, finishedAt: now };
const status = {
  phase: 'Running',
  reason: 'Odd',
  message: 'said so',
  podIP: '10.0.0.1',
  conditions: [
    { type: 'Ready', status: 'False', lastTransitionTime: now, reason: 'r', message: 'not yet' },
    { type: 'PodScheduled', status: 'True', lastTransitionTime: null },
  ],
  initContainerStatuses: [
    containerStatus('istio-init', { terminated: { ...ended, exitCode: 0 } }),
    containerStatus('second', { waiting: { reason: 'PodInitializing' } }),
  ],
  containerStatuses: [
    {
      ...containerStatus('istio-proxy', { running: { startedAt: now } }, 3, true),
      lastState: { terminated: ended },
    },
    containerStatus('app', { waiting: { reason: 'ImagePullBackOff', message: 'no such image' } }),
  ],
};

function containerStatus(name: string, state: object, restartCount = 0, ready = false): object {
  return { name, state, lastState: {}, restartCount, ready, image: 'i', imageID: 'i@sha256:00' };
}

describe.skipIf(missing !== undefined)(`a list of pods${skipNote(missing)}`, () => {
  const stack = new AsyncDisposableStack();
  let server: RunningApiServer;
  let test: TestClient;

  beforeAll(async () => {
    server = stack.use(await startApiServer());
    test = stack.use(server.client());
    await test.apply(namespaceObject(namespace));
    // Whose owners are not there is taken away.
    const owners = await Promise.all(['first', 'second'].map((name) => test.apply(owner(name))));
    const ownerReferences = owners.map(({ metadata }, i) => ({
      apiVersion: 'v1',
      kind: 'ConfigMap',
      name: metadata.name,
      uid: metadata['uid'],
      ...(i === 0 && { controller: true }),
    }));
    const many = Array.from({ length: 5 }, (_, i) => podOf(`many-${i}`));
    for (const each of [
      podOf('full', { metadata: { ownerReferences } }),
      podOf('bare', {
        spec: {
          containers: [{ name: 'app', image: 'app:1' }],
          volumes: [],
          initContainers: [],
          hostNetwork: true,
        },
      }),
      ...many,
    ])
      await test.apply(each);
    await test.request('PATCH', `/api/v1/namespaces/${namespace}/pods/full/status`, { status }, patch);
    const leaving = podOf('leaving', { metadata: { finalizers: ['example.com/stays'] } });
    await test.apply(leaving);
    await test.delete(leaving);
  }, 180_000);
  afterAll(() => stack.disposeAsync());

  function client(pageSize: number): KubeClient {
    const endpoint = openEndpoint({ kubeconfig: server.kubeconfig });
    stack.defer(() => endpoint.close());
    return new KubeClient(endpoint, 'wasmcast/test', { ...defaultLimits, pageSize });
  }

  it('is the same in the binary encoding as in JSON, field by field', async () => {
    const path = `/api/v1/namespaces/${namespace}/pods`;
    const { items } = (await test.request('GET', path)) as { readonly items: readonly PodObject[] };
    const { items: binary } = await client(500).list<PodObject>(kinds.Pod, { namespace }, signal());
    expect(binary.map(({ metadata }) => metadata.name)).toContain('leaving');
    // JSON would not say so: it was the other that was read.
    expect(binary[0]?.spec?.hostNetwork).toBeDefined();
    expect(binary.map(withoutDefaults)).toEqual(items.map(leanPod));
  });

  it('comes in pages, and no further than is asked for', async () => {
    const small = client(3);
    const { items, complete } = await small.list(kinds.Pod, { namespace }, signal());
    expect(complete).toBe(true);
    expect(new Set(items.map(({ metadata }) => metadata.name)).size).toBe(8);
    const first = await small.list(kinds.Pod, { namespace, atMost: 4 }, signal());
    expect(first).toMatchObject({ complete: false, items: { length: 3 } });
  });

  it('is refused in words, whatever they are encoded in', async () => {
    const gone = client(3).list(kinds.Pod, { namespace, fieldSelector: 'spec.colour=red' }, signal());
    await expect(gone).rejects.toThrow(/spec.colour/);
  });
});

/** In JSON, a bool that is false by default is not there. */
function withoutDefaults(pod: PodObject): PodObject {
  const { hostNetwork, ...spec } = pod.spec ?? {};
  return { ...pod, spec: { ...spec, ...(hostNetwork === true && { hostNetwork }) } };
}
