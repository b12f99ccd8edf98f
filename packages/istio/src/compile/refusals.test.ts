import { randomBytes } from 'node:crypto';
import type { DesiredFilter } from '@wasmcast/core';
import { describe, expect, it } from 'vitest';
import {
  after,
  digest,
  filter,
  frontpage,
  imageFilter,
  native,
  objectsOf,
  pod,
  settings,
  withObjects,
  workload,
} from '../testing/native.ts';
import type { Native, NativeWorkload } from '../native.ts';
import { userVolume, userVolumeMount } from '../names.ts';
import { chain, change, modules, steps } from '../testing/plans.ts';
import { compile } from './compile.ts';

describe('a refusal', () => {
  const refused = (seen: Native, filters: readonly DesiredFilter[], more = settings): readonly string[] => {
    const { steps: none, diagnostics } = compile(change([chain(filters)]), seen, more, modules);
    const errors = diagnostics.filter((d) => d.severity === 'error');
    if (errors.length > 0) expect(none).toEqual([]);
    for (const fault of errors) expect(fault.summary).not.toMatch(/undefined|\[object/);
    return errors.map((d) => d.code);
  };
  const text = { kind: 'text', text: 'plain' } as const;
  const pulledWith = (pullSecret: string): DesiredFilter =>
    imageFilter('a', { image: { reference: 'r.example/a', digest: digest('e'), pullSecret } });
  const annotated = (annotations: Record<string, string>) =>
    native([
      workload({ template: { metadata: { labels: { app: 'frontpage', version: 'v1' }, annotations } } }),
    ]);
  const labelled = (labels: Record<string, string>) =>
    native([
      workload({ template: { metadata: { labels: { app: 'frontpage', version: 'v1', ...labels } } } }),
    ]);

  it.each<[string, string, Native, readonly DesiredFilter[]]>([
    ['WC-IST-001', 'configmap before image at last', native(), [filter('a'), imageFilter('b')]],
    [
      'WC-IST-001',
      'image before configmap at first',
      native(),
      [imageFilter('a', { position: 'first' }), filter('b', { position: 'first' })],
    ],
    ['WC-IST-002', 'a configmap at authn', native(), [filter('a', { position: 'authn' })]],
    ['WC-IST-003', 'a module over 1 MiB', native(), [filter('a', { moduleSize: 1_048_577 })]],
    [
      'WC-IST-007',
      'a waypoint',
      labelled({ 'gateway.istio.io/managed': 'istio.io-mesh-controller' }),
      [imageFilter('a')],
    ],
    [
      'WC-IST-012',
      'the host network',
      native([workload({ template: { metadata: { labels: {} }, spec: { hostNetwork: true } } })]),
      [filter('a')],
    ],
    ['WC-IST-013', 'a module that is nowhere', native(), [filter('a', { moduleDigest: digest('d') })]],
    ['WC-IST-015', 'an annotation that is no JSON', annotated({ [userVolume]: '[{' }), [filter('a')]],
    ['WC-IST-019', 'a text beside an image', native(), [imageFilter('a', { config: text })]],
    [
      'WC-IST-019',
      'an empty object beside an image',
      native(),
      [imageFilter('a', { config: { kind: 'json', value: {} } })],
    ],
    [
      'WC-IST-022',
      'an environment that is too long',
      native(),
      [imageFilter('a', { env: { A: 'x'.repeat(2049) } })],
    ],
    [
      'WC-IST-022',
      'more variables than Istio takes',
      native(),
      [imageFilter('a', { env: Object.fromEntries(Array.from({ length: 257 }, (_, i) => [`V${i}`, 'x'])) })],
    ],
    ['WC-IST-022', 'a pull secret with a long name', native(), [pulledWith('s'.repeat(254))]],
    ['WC-IST-022', 'a pull secret without a name', native(), [pulledWith('')]],
    [
      'WC-IST-022',
      'a rootId that is too long',
      native(),
      [imageFilter('a', { rootId: '\u{1F600}'.repeat(65) })],
    ],
    ['WC-IST-023', 'a selector without labels', native([workload({ selector: {} })]), [filter('a')]],
    ['WC-IST-029', 'embedded delivery', native(), [filter('a', { delivery: 'embedded' })]],
    [
      'WC-IST-020',
      'reload by image before 1.27',
      native([workload()], { versions: new Map([['default', { istio: '1.26', envoy: undefined }]]) }),
      [imageFilter('a', { onFailure: 'reload' })],
    ],
  ])('%s: %s', (code, _, seen, filters) => {
    expect(refused(seen, filters)).toEqual([code]);
  });

  it('is made when what would be live could not be recorded', () => {
    // A delivery without a limit of its own that is smaller.
    const long = (name: string) =>
      imageFilter(name, {
        config: { kind: 'json', value: { text: randomBytes(450_000).toString('base64') } },
      });
    expect(refused(native(), [long('a'), long('b'), long('c')])).toEqual(['WC-IST-035']);
    expect(refused(native(), [long('a')])).toEqual([]);
  });

  it('is not made for what just fits, counted as the API server and Istio count', () => {
    const few = Object.fromEntries(Array.from({ length: 255 }, (_, i) => [`V${i}`, 'x']));
    const env = { ...few, ['n'.repeat(256)]: '\u{1F600}'.repeat(2048) };
    const rootId = '\u{1F600}'.repeat(64);
    const image = { reference: 'r.example/a', digest: digest('e'), pullSecret: 's'.repeat(253) };
    expect(refused(native(), [imageFilter('a', { env, rootId, image })])).toEqual([]);
  });

  it('names everything at once', () => {
    const many = [
      filter('a', { moduleSize: 2_000_000, position: 'authz' }),
      imageFilter('b', { config: text }),
    ];
    expect(refused(native(), many)).toEqual(['WC-IST-002', 'WC-IST-003', 'WC-IST-019']);
  });

  it('is made for a gateway by configmap, which an image reaches', () => {
    const gateway = annotated({ 'inject.istio.io/templates': 'gateway' });
    const ask = (f: DesiredFilter) => compile(change([chain([f], 'gateway')]), gateway, settings, modules);
    expect(ask(filter('a')).diagnostics.map((d) => [d.code, d.help])).toEqual([
      ['WC-IST-005', 'push the module and use delivery: image'],
    ]);
    expect(ask(imageFilter('a')).diagnostics).toEqual([]);
    expect(refused(gateway, [imageFilter('a')])).toEqual(['WC-IST-006']);
  });

  it('is made for an image whose labels reach other pods, which a configmap does not', () => {
    const other = {
      namespace: 'foo',
      name: 'Deployment/other',
      labels: { app: 'frontpage', version: 'v1', tier: 'x' },
    };
    const seen = native([workload()], { neighbours: new Map([['foo', [other]]]) });
    expect(refused(seen, [imageFilter('a')])).toEqual(['WC-IST-008']);
    expect(refused(seen, [filter('a')])).toEqual([]);
  });

  it('is made where no sidecar is injected', () => {
    const bare = { ...workload(), pods: [] };
    const seen = native([bare], { namespaces: new Map([['foo', {}]]) });
    expect(refused(seen, [filter('a')])).toEqual(['WC-IST-009']);
  });

  it('is not made for a workload without instances, but that nothing can be seen live there is said', () => {
    const asleep = { ...workload({ replicas: 0 }), pods: [] };
    const seen = (w: NativeWorkload) =>
      compile(change([chain([filter('a')])]), native([w]), settings, modules);
    expect(seen(asleep).diagnostics).toMatchObject([
      { severity: 'warning', code: 'WC-IST-036', summary: expect.stringContaining('0 of 0 instances') },
    ]);
    expect(seen({ ...asleep, pods: [pod('last')] }).diagnostics).toEqual([]);
    // These have none yet, which verification waits for.
    expect(seen({ ...workload(), pods: [] }).diagnostics).toEqual([]);
    expect(compile(change([chain([])]), native([asleep]), settings, modules).diagnostics).toEqual([]);
  });

  it('is made for a right that is missing, which it names', () => {
    const may = (verb: string, kind: { readonly resource: string }): boolean =>
      !(verb === 'patch' && kind.resource === 'deployments');
    const { diagnostics } = compile(
      change([chain([filter('a')])]),
      native([workload()], { rights: { may } }),
      settings,
      modules,
    );
    expect(diagnostics).toMatchObject([
      {
        code: 'WC-IST-024',
        exit: 'notPermitted',
        summary: expect.stringContaining('patch deployments.apps in namespace foo'),
      },
    ]);
  });

  it('is a remark when the logs of the proxies may not be read', () => {
    const blind = native([workload()], { rights: { may: (_verb, { resource }) => resource !== 'pods/log' } });
    const { steps: made, diagnostics } = compile(change([chain([filter('a')])]), blind, settings, modules);
    expect(made.length).toBeGreaterThan(0);
    expect(diagnostics).toMatchObject([{ severity: 'warning', code: 'WC-IST-060' }]);
  });

  it('is made when the delivery of a live filter would change', () => {
    const seen = after(native(), steps(native(), [chain([filter('a')])]));
    expect(refused(seen, [imageFilter('a')])).toEqual(['WC-IST-018']);
    const plugin = after(native(), steps(native(), [chain([imageFilter('b')])]));
    expect(refused(plugin, [imageFilter('b')], { ...settings, imageResource: 'TrafficExtension' })).toEqual([
      'WC-IST-018',
    ]);
  });

  it('is made when the bytes of what pods mount could not be read afterwards', () => {
    const blind = native([workload()], {
      rights: { may: (verb, { resource }) => verb !== 'get' || resource !== 'configmaps' },
    });
    expect(refused(blind, [filter('a')])).toContain('WC-IST-024');
    expect(
      compile(change([chain([filter('a')])]), blind, settings, modules).diagnostics.map((d) => d.summary),
    ).toContainEqual(expect.stringContaining('get configmaps in namespace foo'));
  });

  it.each(['WasmPlugin', 'TrafficExtension'] as const)(
    'is made when a live %s would get another environment with the same module',
    (imageResource) => {
      const more = { ...settings, imageResource };
      const { steps: made } = compile(change([chain([imageFilter('a')])]), native(), more, modules);
      const live = after(native(), made);
      const env = { MODE: 'strict' };
      expect(refused(live, [imageFilter('a', { env })], more)).toEqual(['WC-IST-033']);
      expect(refused(native(), [imageFilter('a', { env })], more)).toEqual([]);
      const image = { reference: `r.example/a@sha256:${digest('c')}`, digest: digest('c') };
      expect(refused(live, [imageFilter('a', { env, image, moduleDigest: digest('c') })], more)).toEqual([]);
    },
  );

  it('is made while pods on their way out still run a filter by another delivery', () => {
    const there = after(native(), steps(native(), [chain([filter('a')])]));
    const gone = after(
      there,
      steps(there, [chain([])]).filter((step) => step.stage === 'change'),
    );
    const mounts = objectsOf(there)[0]?.object.metadata.annotations?.['wasmcast.dev/mounts'] ?? '';
    const leaving = (labels: Record<string, string>): Native => ({
      ...gone,
      workloads: new Map(
        [...gone.workloads].map(([address, w]) => [
          address,
          { ...w, pods: [pod('old', { metadata: { name: 'old', namespace: 'foo', labels } })] },
        ]),
      ),
    });
    expect(refused(leaving({ 'mounts.wasmcast.dev/shop': mounts }), [imageFilter('a')])).toEqual([
      'WC-IST-018',
    ]);
    expect(refused(leaving({}), [imageFilter('a')])).toEqual([]);
  });

  it('is made for what a sidecar that is behind its istiod would not keep', () => {
    const image = 'docker.io/istio/proxyv2:1.24.0';
    const containers = [{ name: 'app' }, { name: 'istio-proxy', image }];
    const behind = native([{ ...workload(), pods: [pod('old', { spec: { containers } })] }]);
    expect(refused(behind, [filter('a', { onFailure: 'reload' })])).toEqual(['WC-IST-020']);
    expect(refused(behind, [imageFilter('a', { onFailure: 'reload' })])).toEqual(['WC-IST-020']);
    expect(refused(behind, [imageFilter('a', { onFailure: 'open' })])).toEqual([]);
  });

  it('is made in the root namespace, unless somebody said so and no other pod is reached', () => {
    const id = { ...frontpage, namespace: 'istio-system' };
    const wanted = change([{ ...chain([filter('a')]), workload: id }]);
    const namespaces = new Map([['istio-system', { 'istio-injection': 'enabled' }]]);
    const seen = (more: Partial<Native>): readonly string[] =>
      compile(
        wanted,
        native([{ ...workload(), id }], { namespaces, ...more }),
        settings,
        modules,
      ).diagnostics.map(({ severity, code, summary }) => `${severity} ${code} ${summary}`);
    expect(seen({})).toEqual([expect.stringContaining('error WC-IST-014')]);
    expect(seen({ reachesAll: true })).toEqual([expect.stringContaining('warning WC-IST-014')]);
    const labels = { app: 'frontpage', version: 'v1', more: 'x' };
    const neighbours = new Map([['bar', [{ namespace: 'bar', name: 'Deployment/twin', labels }]]]);
    expect(seen({ reachesAll: true, neighbours })).toEqual([
      expect.stringMatching(/^error WC-IST-008 .* bar\/Deployment\/twin too/),
    ]);
  });

  it('is made for an Istio before 1.12', () => {
    const old = native([workload()], {
      versions: new Map([['default', { istio: '1.11', envoy: undefined }]]),
    });
    expect(refused(old, [filter('a')])).toEqual(['WC-IST-040']);
  });

  it('is made for TrafficExtension before 1.30', () => {
    const old = native([workload()], {
      versions: new Map([['default', { istio: '1.29', envoy: undefined }]]),
    });
    expect(refused(old, [imageFilter('a')], { ...settings, imageResource: 'TrafficExtension' })).toEqual([
      'WC-IST-017',
    ]);
  });

  it('is made where both mount paths are taken, and a second fleet goes beside the first', () => {
    const mine = '[{"name":"mine","mountPath":"/var/local/lib"}]';
    expect(refused(annotated({ [userVolumeMount]: mine }), [filter('a')])).toEqual(['WC-IST-016']);
    const seen = after(native(), steps(native(), [chain([filter('a')])]));
    const second = compile(
      { ...change([chain([filter('a')])]), fleet: 'other' },
      { ...withObjects(seen, []), fleet: 'other', modules: [] },
      settings,
      modules,
    );
    expect(second.steps.at(-1)?.after).toMatchObject({
      mount: { mountPath: '/var/local/lib/wasm-filters-other' },
    });
  });
});
