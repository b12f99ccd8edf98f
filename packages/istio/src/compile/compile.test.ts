import type { Chain, Change, DesiredFilter, Step } from '@wasmcast/core';
import { describe, expect, it } from 'vitest';
import { installedChains } from '../observe/installed.ts';
import {
  after,
  digest,
  filter,
  frontpage,
  imageFilter,
  native,
  settings,
  workload,
} from '../testing/native.ts';
import type { Native } from '../native.ts';
import { userVolume, userVolumeMount } from '../names.ts';
import { compile } from './compile.ts';

const bytes = new Uint8Array([0, 97, 115, 109]);
const modules = new Map(['a', 'b', 'c'].map((c) => [digest(c), bytes]));

function chain(filters: readonly DesiredFilter[], direction: Chain['direction'] = 'inbound'): Chain {
  return { workload: frontpage, direction, filters };
}

function change(chains: readonly Chain[], more: Partial<Change> = {}): Change {
  return { fleet: 'shop', chains, removeAll: false, retained: [], ...more };
}

function steps(seen: Native, chains: readonly Chain[], more: Partial<Change> = {}): readonly Step[] {
  const compiled = compile(change(chains, more), seen, settings, modules);
  expect(compiled.diagnostics.filter((d) => d.severity === 'error')).toEqual([]);
  return compiled.steps;
}

const ids = (list: readonly Step[]): readonly string[] =>
  list.map((step) => `${step.stage}: ${step.id.replaceAll(/-[0-9a-f]{16}/g, '-…')}`);

/** Every field that a test looks at in what a step writes. */
interface Written {
  readonly label: string;
  readonly spec: {
    readonly configPatches: readonly {
      readonly patch: { readonly operation: string; readonly value: { readonly name: string } };
    }[];
  };
}

function written(step: Step | undefined): Written {
  if (step === undefined) throw new Error('there is no such step');
  return step.after as unknown as Written;
}

function templateOf(seen: Native): unknown {
  return seen.workloads.get('prod/foo/Deployment/frontpage-v1')?.object.spec?.template?.metadata;
}

describe('the example of the brief', () => {
  const wanted = [chain([filter('example-filter')])];

  it('becomes a ConfigMap, an EnvoyFilter and one patch of the pod template', () => {
    const [configMap, envoyFilter, template, ...rest] = steps(native(), wanted);
    expect(rest).toEqual([]);
    expect(configMap).toMatchObject({
      stage: 'prepare',
      restarts: 0,
      before: null,
      after: {
        kind: 'ConfigMap',
        metadata: { name: 'wasmcast-shop-aaaaaaaaaaaaaaaa', namespace: 'foo' },
        immutable: true,
        binaryData: { 'module.wasm': 'AGFzbQ==' },
      },
    });
    const mounts = written(template).label;
    expect(mounts).toMatch(/^[0-9a-f]{16}$/);
    expect(envoyFilter).toMatchObject({
      stage: 'change',
      workload: 'prod/foo/Deployment/frontpage-v1',
      before: null,
    });
    expect(written(envoyFilter).spec).toEqual({
      priority: 117346,
      workloadSelector: { labels: { app: 'frontpage', version: 'v1', 'mounts.wasmcast.dev/shop': mounts } },
      configPatches: [
        {
          applyTo: 'HTTP_FILTER',
          match: {
            context: 'SIDECAR_INBOUND',
            listener: {
              filterChain: {
                filter: {
                  name: 'envoy.filters.network.http_connection_manager',
                  subFilter: { name: 'envoy.filters.http.router' },
                },
              },
            },
          },
          patch: {
            operation: 'INSERT_BEFORE',
            value: {
              name: 'wasmcast.shop.example-filter',
              typed_config: {
                '@type': 'type.googleapis.com/envoy.extensions.filters.http.wasm.v3.Wasm',
                config: {
                  name: 'example-filter',
                  root_id: 'my_root_id',
                  vm_config: {
                    vm_id: 'example-filter-aaaaaaaa',
                    runtime: 'envoy.wasm.runtime.v8',
                    code: { local: { filename: '/var/local/lib/wasm-filters/aaaaaaaaaaaaaaaa.wasm' } },
                    allow_precompiled: true,
                  },
                  failure_policy: 'FAIL_CLOSED',
                },
              },
            },
          },
        },
      ],
    });
    expect(template).toMatchObject({ stage: 'change', restarts: 2 });
    expect(templateOf(after(native(), [template as Step]))).toEqual({
      labels: { app: 'frontpage', version: 'v1', 'mounts.wasmcast.dev/shop': mounts },
      annotations: {
        [userVolume]:
          '[{"name":"wasmcast-shop","projected":{"sources":[{"configMap":{"items":[{"key":"module.wasm","path":"aaaaaaaaaaaaaaaa.wasm"}],"name":"wasmcast-shop-aaaaaaaaaaaaaaaa"}}]}}]',
        [userVolumeMount]:
          '[{"mountPath":"/var/local/lib/wasm-filters","name":"wasmcast-shop","readOnly":true}]',
      },
    });
  });

  it('is not written again, and observed as it was wanted', () => {
    const seen = after(native(), steps(native(), wanted));
    expect(steps(seen, wanted)).toEqual([]);
    const [there] = [...seen.workloads.values()];
    expect(there && installedChains(there, seen)).toEqual(wanted);
  });

  it('leaves nothing when it is removed', () => {
    const seen = after(native(), steps(native(), wanted));
    const removal = steps(seen, [chain([])], { removeAll: true });
    expect(ids(removal)).toEqual([
      'change: patch Deployment foo/frontpage-v1',
      'cleanup: delete EnvoyFilter foo/wasmcast-shop-frontpage-v1-…',
      'cleanup: delete ConfigMap foo/wasmcast-shop-…',
    ]);
    const clean = after(seen, removal);
    expect([clean.objects, clean.modules]).toEqual([[], []]);
    expect(templateOf(clean)).toEqual({ labels: { app: 'frontpage', version: 'v1' }, annotations: {} });
  });
});

describe('a change', () => {
  const one = [chain([filter('one')])];
  const start = after(native(), steps(native(), one));

  it('of the configuration alone rewrites the EnvoyFilter and restarts nothing', () => {
    const next = steps(start, [chain([filter('one', { config: { kind: 'json', value: { a: 1 } } })])]);
    expect(ids(next)).toEqual(['change: update EnvoyFilter foo/wasmcast-shop-frontpage-v1-…']);
    expect(next.map((step) => step.restarts)).toEqual([0]);
  });

  it('of a module writes the new EnvoyFilter before the template, and the old one goes last', () => {
    const next = steps(start, [chain([filter('one', { moduleDigest: digest('b') })])]);
    expect(ids(next)).toEqual([
      'prepare: create ConfigMap foo/wasmcast-shop-…',
      'change: create EnvoyFilter foo/wasmcast-shop-frontpage-v1-…',
      'change: patch Deployment foo/frontpage-v1',
      'cleanup: delete EnvoyFilter foo/wasmcast-shop-frontpage-v1-…',
      'cleanup: delete ConfigMap foo/wasmcast-shop-…',
    ]);
    expect(next[3]?.precondition).toMatchObject({ unused: { label: 'mounts.wasmcast.dev/shop' } });
  });

  it('keeps what a retained revision names, and goes back to it without the module at hand', () => {
    const two = [chain([filter('one', { moduleDigest: digest('b') })])];
    const next = steps(start, two, { retained: [digest('a')] });
    expect(ids(next).filter((id) => id.startsWith('cleanup'))).toEqual([]);
    const seen = after(start, next);
    const back = compile(change(one, { retained: [digest('b')] }), seen, settings, new Map());
    expect(back.diagnostics).toEqual([]);
    expect(ids(back.steps)).toEqual(['change: patch Deployment foo/frontpage-v1']);
  });

  it('of one direction leaves the other, and takes its EnvoyFilter away at once when the mounts stay', () => {
    const both = [chain([filter('one')]), chain([filter('one')], 'outbound')];
    const next = steps(start, both);
    expect(ids(next)).toEqual(['change: create EnvoyFilter foo/wasmcast-shop-frontpage-v1-…']);
    const seen = after(start, next);
    const less = steps(seen, [chain([filter('one')]), chain([], 'outbound')]);
    expect(ids(less)).toEqual(['change: delete EnvoyFilter foo/wasmcast-shop-frontpage-v1-…']);
  });

  it('repairs what somebody changed by hand', () => {
    const broken: Native = {
      ...start,
      objects: start.objects.map((o) => ({
        ...o,
        object: { ...o.object, spec: { ...o.object.spec, priority: 1 } },
      })),
    };
    expect(ids(steps(broken, one))).toEqual(['change: update EnvoyFilter foo/wasmcast-shop-frontpage-v1-…']);
  });

  it('cleans up after a workload that is gone', () => {
    const seen = { ...start, workloads: new Map() };
    expect(ids(steps(seen, []))).toEqual([
      'cleanup: delete EnvoyFilter foo/wasmcast-shop-frontpage-v1-…',
      'cleanup: delete ConfigMap foo/wasmcast-shop-…',
    ]);
  });

  it('puts filters at `first` in their order before everything, and those at `last` before the router', () => {
    const names = (list: readonly Step[]): unknown[] =>
      written(list[1]).spec.configPatches.map(({ patch }) => `${patch.operation} ${patch.value.name}`);
    const list = [
      filter('a', { position: 'first' }),
      filter('b', { position: 'first' }),
      filter('c'),
      filter('d'),
    ];
    expect(names(steps(native(), [chain(list)]))).toEqual([
      'INSERT_FIRST wasmcast.shop.b',
      'INSERT_FIRST wasmcast.shop.a',
      'INSERT_BEFORE wasmcast.shop.c',
      'INSERT_BEFORE wasmcast.shop.d',
    ]);
  });
});

describe('images', () => {
  const config = { kind: 'json', value: { header: 'hello' } } as const;

  it('become one WasmPlugin each, for this workload and this direction, and restart nothing', () => {
    const wanted = [
      chain([imageFilter('one', { config, position: 'authz', env: { B: '2', A: '1' } }), imageFilter('two')]),
    ];
    const list = steps(native(), wanted);
    expect(list.map((step) => step.restarts)).toEqual([0, 0]);
    expect(written(list[0]).spec).toEqual({
      selector: { matchLabels: { app: 'frontpage', version: 'v1' } },
      phase: 'AUTHZ',
      priority: 1307,
      match: [{ mode: 'SERVER' }],
      url: `oci://registry.example/filters/one@sha256:${digest('e')}`,
      sha256: digest('e'),
      imagePullPolicy: 'IfNotPresent',
      pluginName: 'my_root_id',
      pluginConfig: { header: 'hello' },
      failStrategy: 'FAIL_CLOSE',
      vmConfig: {
        env: [
          { name: 'A', value: '1' },
          { name: 'B', value: '2' },
        ],
      },
    });
    const seen = after(native(), list);
    expect(steps(seen, wanted)).toEqual([]);
    const [there] = [...seen.workloads.values()];
    expect(there && installedChains(there, seen)).toEqual(wanted);
    expect(ids(steps(seen, [chain([])])).map((id) => id.slice(0, 25))).toEqual([
      'change: delete WasmPlugin',
      'change: delete WasmPlugin',
    ]);
  });

  it('become TrafficExtensions on request', () => {
    const wanted = [chain([imageFilter('one', { config, onFailure: 'reload' })])];
    const compiled = compile(
      change(wanted),
      native(),
      { ...settings, imageResource: 'TrafficExtension' },
      modules,
    );
    expect(compiled.steps[0]?.after).toMatchObject({
      kind: 'TrafficExtension',
      spec: {
        match: [{ mode: 'SERVER' }],
        wasm: { pluginConfig: { header: 'hello' }, failStrategy: 'FAIL_RELOAD' },
      },
    });
    const seen = after(native(), compiled.steps);
    const [there] = [...seen.workloads.values()];
    expect(there && installedChains(there, seen)).toEqual(wanted);
  });

  it('do not rewrite their neighbours when one comes between', () => {
    const seen = after(native(), steps(native(), [chain([imageFilter('a'), imageFilter('c')])]));
    const next = steps(seen, [chain([imageFilter('a'), imageFilter('b'), imageFilter('c')])]);
    expect(next.map((step) => step.id.split('-')[2])).toEqual(['b']);
  });
});

describe('a refusal', () => {
  const refused = (seen: Native, filters: readonly DesiredFilter[], more = settings): readonly string[] => {
    const { steps: none, diagnostics } = compile(change([chain(filters)]), seen, more, modules);
    const errors = diagnostics.filter((d) => d.severity === 'error');
    if (errors.length > 0) expect(none).toEqual([]);
    for (const fault of errors) expect(fault.summary).not.toMatch(/undefined|\[object/);
    return errors.map((d) => d.code);
  };
  const text = { kind: 'text', text: 'plain' } as const;
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
    ['WC-IST-023', 'a selector without labels', native([workload({ selector: {} })]), [filter('a')]],
    ['WC-IST-029', 'embedded delivery', native(), [filter('a', { delivery: 'embedded' })]],
    [
      'WC-IST-020',
      'reload before 1.27',
      native([workload()], { versions: new Map([['default', { istio: '1.26', envoy: undefined }]]) }),
      [filter('a', { onFailure: 'reload' })],
    ],
  ])('%s: %s', (code, _, seen, filters) => {
    expect(refused(seen, filters)).toEqual([code]);
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
    const seen = native([workload()], { neighbours: [other] });
    expect(refused(seen, [imageFilter('a')])).toEqual(['WC-IST-008']);
    expect(refused(seen, [filter('a')])).toEqual([]);
  });

  it('is made where no sidecar is injected', () => {
    const bare = { ...workload(), pods: [] };
    const seen = native([bare], { namespaces: new Map([['foo', {}]]) });
    expect(refused(seen, [filter('a')])).toEqual(['WC-IST-009']);
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

  it('is made when the delivery of a live filter would change', () => {
    const seen = after(native(), steps(native(), [chain([filter('a')])]));
    expect(refused(seen, [imageFilter('a')])).toEqual(['WC-IST-018']);
    const plugin = after(native(), steps(native(), [chain([imageFilter('b')])]));
    expect(refused(plugin, [imageFilter('b')], { ...settings, imageResource: 'TrafficExtension' })).toEqual([
      'WC-IST-018',
    ]);
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
      { ...seen, fleet: 'other', objects: [], modules: [] },
      settings,
      modules,
    );
    expect(second.steps.at(-1)?.after).toMatchObject({
      mount: { mountPath: '/var/local/lib/wasm-filters-other' },
    });
  });
});
