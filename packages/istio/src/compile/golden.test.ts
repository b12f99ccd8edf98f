import type { Chain, DesiredFilter, Direction, JsonValue, WorkloadId } from '@wasmcast/core';
import { describe, expect, it } from 'vitest';
import { digest, filter, imageFilter, native, settings, workload } from '../testing/native.ts';
import { change } from '../testing/plans.ts';
import { knowledgeOf, rows, testedReleases } from '../versions/knowledge.ts';
import { discoveryName } from '../versions/discovery-name.ts';
import type { ObjectFragment } from './object.ts';
import { render } from './render.ts';

/**
 * What a fleet that uses everything becomes on each release that knows something new. A change of these files is a change of
 * what is written to somebody's cluster: look at it, then take it over with `npx vitest run golden -u`.
 */

const image = (name: string, more: Partial<DesiredFilter> = {}): DesiredFilter =>
  imageFilter(name, { rootId: 'root', config: { kind: 'json', value: { header: 'hello' } }, ...more });
const pulled = image('private').image;

const fleet: Readonly<Record<string, readonly [Direction, readonly DesiredFilter[]]>> = {
  'binary-closed': ['inbound', [filter('early', { position: 'first' }), filter('late', { env: { A: '1' } })]],
  'binary-open': ['outbound', [filter('open', { onFailure: 'open', config: { kind: 'text', text: 'x' } })]],
  'binary-reload': ['inbound', [filter('reload', { onFailure: 'reload' })]],
  'image-closed': [
    'inbound',
    [image('first', { position: 'first' }), image('authz', { position: 'authz' }), image('last')],
  ],
  'image-open': ['inbound', [image('open', { onFailure: 'open' })]],
  'image-reload': ['inbound', [image('reload', { onFailure: 'reload' })]],
  'image-outbound': ['outbound', [image('outbound')]],
  'image-env': ['inbound', [image('env', { env: { LEVEL: 'debug' } })]],
  'image-secret': ['inbound', [image('private', { image: { ...must(pulled), pullSecret: 'registry' } })]],
  'gateway-image': ['gateway', [image('edge')]],
};

describe.each([...new Set([...rows.map((row) => row.since), '1.31'])])('Istio %s', (release) => {
  it('is written as its golden file has it', async () => {
    const written = Object.fromEntries(
      Object.entries(fleet).map(([name, [direction, filters]]) => [
        name,
        on(release, name, direction, filters),
      ]),
    );
    await expect(`${JSON.stringify(written, undefined, 1)}\n`).toMatchFileSnapshot(
      `../../testdata/golden/istio-${release}.json`,
    );
  });
});

it('a release that no test runs is said to be derived from its sources, and only such a one', () => {
  const remarks = (release: string) =>
    on(release, 'binary-closed', 'inbound', [filter('a')]).said.map((line) => line.slice(0, 18));
  for (const release of testedReleases) expect(remarks(release)).toEqual([]);
  expect(remarks('1.30')).toEqual(['warning WC-IST-045']);
  expect(remarks('1.99')).toEqual(['warning WC-IST-045']);
});

function on(
  release: string,
  name: string,
  direction: Direction,
  filters: readonly DesiredFilter[],
): {
  readonly said: readonly string[];
  /** The names by which a proxy discovers what the images become. */
  readonly discovered: readonly string[];
  readonly objects: readonly JsonValue[];
  readonly patches: readonly JsonValue[];
} {
  const id: WorkloadId = { target: 'prod', namespace: 'foo', kind: 'Deployment', name };
  const labels = { app: name, ...(direction === 'gateway' && { istio: 'ingressgateway' }) };
  const plain = workload({ template: { metadata: { labels } }, selector: { matchLabels: labels } }, id);
  const seen = native([plain], {
    versions: new Map([['default', { istio: release, envoy: undefined, proxy: release }]]),
    // The API server of a release has the kinds of that release.
    hasTrafficExtension: knowledgeOf(release).imageKinds.includes('TrafficExtension'),
  });
  const chain: Chain = { workload: id, direction, filters };
  const wanted = change([chain]);
  const chosen = { ...settings, imageResource: 'auto' } as const;
  const { objects, patches, diagnostics } = render(
    wanted,
    seen,
    chosen,
    new Map([[digest('a'), new Uint8Array([0])]]),
  );
  return {
    said: diagnostics.map(({ severity, code, summary }) => `${severity} ${code} ${summary}`),
    discovered: objects.flatMap((object) => {
      const { kind, metadata } = object as unknown as ObjectFragment;
      const isImage = kind === 'WasmPlugin' || kind === 'TrafficExtension';
      return isImage ? discoveryName(kind, 'foo', metadata.name, release) : [];
    }),
    objects,
    patches,
  };
}

function must<T>(value: T | undefined): T {
  if (value === undefined) throw new Error('there is none');
  return value;
}
