import { describe, expect, it } from 'vitest';
import { native, pod, workload } from '../testing/native.ts';
import { discoveryName, imageObjectName } from './discovery-name.ts';
import { knowledgeOf, oldestRelease, rows, testedReleases } from './knowledge.ts';
import { compareReleases, oldest, releaseOf, releaseOfEnvoy, releaseOfImage } from './release.ts';
import { knowledgeFor, releaseOfWorkload } from './workload-release.ts';

describe('a release', () => {
  it('is read from versions, images and Envoys, and numbers are not compared as texts', () => {
    expect(['1.31.0-rc.1', 'v1.9.2', '1.0.0', 'unknown', undefined].map(releaseOf)).toEqual([
      '1.31',
      '1.9',
      undefined,
      undefined,
      undefined,
    ]);
    const images = [
      'docker.io/istio/proxyv2:1.22.3-distroless',
      'registry.example:5000/proxyv2@sha256:aa',
      'registry.example:5000/proxyv2:1.20.8@sha256:aa',
      'proxy:latest',
    ];
    expect(images.map(releaseOfImage)).toEqual(['1.22', undefined, '1.20', undefined]);
    expect(releaseOfEnvoy('1.33.2')).toBe('1.25');
    expect(oldest(['1.27', undefined, '1.9', '1.12'])).toBe('1.9');
  });
});

describe('what a release knows', () => {
  it('has a source in every row, in order, and only ever changes from row to row', () => {
    expect(rows[0]?.since).toBe(oldestRelease);
    expect(rows.map((row) => row.since)).toEqual(rows.map((row) => row.since).toSorted(compareReleases));
    for (const row of rows) {
      expect(row.source).not.toBe('');
      const before = {
        ...knowledgeOf(`1.${Number(row.since.slice(2)) - 1}`),
        ...(row.since === '1.12' && { imageKinds: [] }),
      };
      expect(knowledgeOf(row.since)).not.toEqual(before);
    }
  });

  it('is that of the newest where the release is unknown or newer', () => {
    expect(knowledgeOf(undefined)).toEqual(knowledgeOf('1.99'));
    expect(knowledgeOf(testedReleases[0])).toEqual(knowledgeOf(undefined));
  });

  it.each([
    ['1.12', 'foo.a', 'foo.a'],
    ['1.20', 'foo.a', 'foo.a'],
    ['1.21', 'extenstions.istio.io/wasmplugin/foo.a', 'extenstions.istio.io/wasmplugin/foo.a'],
    ['1.25', 'extenstions.istio.io/wasmplugin/foo.a', 'extenstions.istio.io/wasmplugin/foo.a'],
    ['1.29', 'extensions.istio.io/wasmplugin/foo.a', 'extensions.istio.io/wasmplugin/foo.a'],
    [
      '1.30',
      'extensions.istio.io/trafficextension/foo.a~istio-translated-wasmplugin',
      'extensions.istio.io/trafficextension/foo.a',
    ],
  ])('Istio %s discovers a WasmPlugin as %s', (release, plugin, extension) => {
    expect(discoveryName('WasmPlugin', 'foo', 'a', release)).toBe(plugin);
    expect(discoveryName('TrafficExtension', 'foo', 'a', release)).toBe(extension);
    expect([plugin, extension].map(imageObjectName)).toEqual(['foo.a', 'foo.a']);
  });
});

describe('the release of a workload', () => {
  const versions = new Map([
    ['default', { istio: '1.31', envoy: '1.40.0' }],
    ['canary', { istio: '1.24', envoy: '1.32.0', proxy: '1.24' }],
  ]);
  const withPods = (image: string, revision?: string) => ({
    ...workload(),
    pods: [
      pod('a', {
        metadata: {
          name: 'a',
          namespace: 'foo',
          ...(revision !== undefined && { annotations: { 'istio.io/rev': revision } }),
        },
        spec: { containers: [{ name: 'app' }, { name: 'istio-proxy', image }] },
      }),
    ],
  });

  it('is that of its own revision, whatever else runs in the cluster', () => {
    const plain = withPods('registry.example/proxyv2:latest', 'canary');
    expect(releaseOfWorkload(plain, native([plain], { versions }))).toEqual({
      revision: 'canary',
      control: '1.24',
      proxy: '1.24',
    });
  });

  it('can be told only what both its istiod and its oldest sidecar know', () => {
    const behind = withPods('docker.io/istio/proxyv2:1.23.1');
    const release = releaseOfWorkload(behind, native([behind], { versions }));
    expect(release).toMatchObject({ control: '1.31', proxy: '1.23' });
    expect(knowledgeFor(release)).toMatchObject({
      imageKinds: ['WasmPlugin', 'TrafficExtension'],
      policyField: 'fail_open',
      unfetched: 'refused',
    });
  });
});
