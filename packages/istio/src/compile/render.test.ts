import type { Chain, Change } from '@wasmcast/core';
import { expect, it } from 'vitest';
import { digest, filter, frontpage, imageFilter, native, settings, workload } from '../testing/native.ts';
import { configMapName } from '../names.ts';
import { render } from './render.ts';

it('what is rendered stands for itself: modules, filters, and a patch that keeps foreign entries', () => {
  const theirs = '[ {"name":"theirs","emptyDir":{}} ]';
  const labels = { app: 'frontpage', version: 'v1' };
  const annotations = { 'sidecar.istio.io/userVolume': theirs };
  const change: Change = {
    fleet: 'shop',
    chains: [{ workload: frontpage, direction: 'inbound', filters: [imageFilter('two'), filter('one')] }],
    removeAll: false,
    retained: [],
  };
  const seen = native([workload({ template: { metadata: { labels, annotations } } })]);
  const { objects, patches } = render(change, seen, settings, new Map([[digest('a'), new Uint8Array([1])]]));
  expect(objects.map((object) => (object as { kind: string }).kind)).toEqual([
    'ConfigMap',
    'EnvoyFilter',
    'WasmPlugin',
  ]);
  expect(patches).toHaveLength(1);
  expect(patches[0]).toMatchObject({
    kind: 'Deployment',
    metadata: { name: 'frontpage-v1', namespace: 'foo' },
    spec: {
      template: {
        metadata: {
          annotations: {
            'sidecar.istio.io/userVolume': expect.stringMatching(
              /^\[ \{"name":"theirs","emptyDir":\{\}\},\{/,
            ) as string,
          },
          labels: { 'mounts.wasmcast.dev/shop': expect.stringMatching(/^[0-9a-f]{16}$/) as string },
        },
      },
    },
  });
});

it('is the same in whatever order things were found', () => {
  const names = ['cart', 'search', 'zoo'];
  const workloads = names.map((name) => workload({}, { ...frontpage, name }));
  const chains = workloads.map(({ id }): Chain => ({
    workload: id,
    direction: 'inbound',
    filters: [imageFilter('two'), filter('one', { moduleDigest: digest(id.name === 'cart' ? 'b' : 'a') })],
  }));
  const modules = new Map([digest('a'), digest('b')].map((d) => [d, new Uint8Array([1])]));
  const rendered = (turned: boolean): string => {
    const order = <T>(list: readonly T[]): readonly T[] => (turned ? list.toReversed() : list);
    const change = { fleet: 'shop', chains: order(chains), removeAll: false, retained: [] };
    return JSON.stringify(render(change, native(order(workloads)), settings, modules));
  };
  expect(rendered(true)).toBe(rendered(false));
  expect(rendered(false)).not.toContain('"severity":"error"');
});

it('a module that only the cluster has is refused: a repository without it would take it away', () => {
  const change: Change = {
    fleet: 'shop',
    chains: [{ workload: frontpage, direction: 'inbound', filters: [filter('one')] }],
    removeAll: false,
    retained: [],
  };
  const there = native([workload()], {
    modules: [{ namespace: 'foo', metadata: { name: configMapName('shop', digest('a')), namespace: 'foo' } }],
  });
  expect(render(change, there, settings, new Map()).diagnostics).toMatchObject([{ code: 'WC-IST-013' }]);
});
