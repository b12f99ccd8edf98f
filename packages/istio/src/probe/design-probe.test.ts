import { describe, expect, test } from 'vitest';
import type { Direction, ProbeDesign } from '@wasmcast/core';
import type { Native } from '../native.ts';
import { filter, frontpage, imageFilter, native, settings, workload } from '../testing/native.ts';
import { chain, change } from '../testing/plans.ts';
import { imageFilterName, probeHash, probeId, userVolume } from '../names.ts';
import { designProbe, type ProbeObjects } from './design-probe.ts';

function design(seen: Native, filters = [filter('a')], direction: Direction = 'inbound'): ProbeDesign {
  const chains = [chain(filters, direction)];
  return designProbe(chains, change(chains), seen, settings);
}

function objects(designed: ProbeDesign): ProbeObjects {
  if (designed.kind === 'none') throw new Error(designed.why);
  return designed.native as unknown as ProbeObjects;
}

const template = {
  metadata: {
    labels: { app: 'frontpage', version: 'v1', 'sidecar.istio.io/inject': 'true' },
    annotations: {
      'proxy.istio.io/config': '{}',
      'prometheus.io/scrape': 'true',
      [userVolume]: '[{"name":"theirs","emptyDir":{}}]',
    },
  },
  spec: {
    serviceAccountName: 'frontpage',
    nodeSelector: { disk: 'ssd' },
    volumes: [{ name: 'data' }, { name: 'certs' }],
    containers: [
      { name: 'app', image: 'app:1', volumeMounts: [{ name: 'data', mountPath: '/data' }] },
      { name: 'istio-proxy', image: 'auto', volumeMounts: [{ name: 'certs', mountPath: '/certs' }] },
    ],
  },
};

describe('a probe', () => {
  test('is the sidecar of the workload and nothing else of it', () => {
    const { pod } = objects(design(native([workload({ template })])));
    const hash = probeHash('shop', frontpage);
    expect(pod).toMatchObject({
      metadata: { name: `wasmcast-probe-${hash}`, namespace: 'foo' },
      spec: {
        serviceAccountName: 'frontpage',
        nodeSelector: { disk: 'ssd' },
        containers: [{ name: 'istio-proxy', image: 'auto', volumeMounts: [{ name: 'certs' }] }],
        volumes: [{ name: 'certs' }],
      },
    });
    const { labels, annotations } = pod.metadata as unknown as Record<string, Record<string, string>>;
    expect(labels).toEqual({
      'sidecar.istio.io/inject': 'true',
      'wasmcast.dev/fleet': 'shop',
      'app.kubernetes.io/managed-by': 'wasmcast',
      'wasmcast.dev/probe': hash,
    });
    expect(Object.keys(annotations ?? {})).not.toContain('prometheus.io/scrape');
    expect(annotations?.[userVolume]).toMatch(/^\[\{"name":"theirs","emptyDir":\{\}\},\{.*wasmcast-shop/);
  });

  test('is selected by filters of its own, which select nothing else and are not the fleet’s', () => {
    const { filters } = objects(design(native(), [filter('a')]));
    const labels = { 'wasmcast.dev/probe': probeHash('shop', frontpage) };
    expect(filters).toMatchObject([{ kind: 'EnvoyFilter', spec: { workloadSelector: { labels } } }]);
    const [image] = objects(design(native(), [imageFilter('a')])).filters;
    expect(image).toMatchObject({
      kind: 'WasmPlugin',
      metadata: { name: imageFilterName('shop', probeId('shop', frontpage), 'inbound', 'a') },
      spec: { selector: { matchLabels: labels } },
    });
    for (const object of [...filters, image])
      expect(object?.metadata.labels).not.toHaveProperty(['wasmcast.dev/fleet']);
  });

  test('is none where it would not be like the workload, or may not be started', () => {
    const gateway = { labels: { app: 'frontpage', version: 'v1', istio: 'ingressgateway' } };
    const why = (seen: Native, direction?: Direction): string => {
      const designed = design(seen, [imageFilter('a')], direction);
      return designed.kind === 'none' ? designed.why : 'there is one';
    };
    expect(why(native([workload({ template: { metadata: gateway } })]), 'gateway')).toMatch(/is a gateway/);
    const annotations = { 'sidecar.istio.io/status': '{}' };
    const byHand = { metadata: { labels: { app: 'frontpage', version: 'v1' }, annotations } };
    expect(why(native([workload({ template: byHand })]))).toMatch(/injected by hand/);
    const rights = {
      may: (verb: string, { resource }: { resource: string }) => verb !== 'create' || resource !== 'pods',
    };
    expect(why(native([workload()], { rights }))).toBe(
      'the right to create pods in namespace foo is missing',
    );
  });
});
