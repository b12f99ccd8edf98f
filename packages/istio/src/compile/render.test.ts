import type { Change } from '@wasmcast/core';
import { expect, it } from 'vitest';
import { digest, filter, frontpage, imageFilter, native, settings, workload } from '../testing/native.ts';
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
  const rendered = render(change, seen, settings, new Map([[digest('a'), new Uint8Array([1])]]));
  expect(rendered.map((object) => (object as { kind: string }).kind)).toEqual([
    'ConfigMap',
    'EnvoyFilter',
    'WasmPlugin',
    'Deployment',
  ]);
  expect(rendered[3]).toMatchObject({
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
