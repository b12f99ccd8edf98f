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
  objectsOf,
  settings,
  withObjects,
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
    expect([objectsOf(clean), clean.modules]).toEqual([[], []]);
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
    const broken = withObjects(
      start,
      objectsOf(start).map((o) => ({
        ...o,
        object: { ...o.object, spec: { ...o.object.spec, priority: 1 } },
      })),
    );
    expect(ids(steps(broken, one))).toEqual(['change: update EnvoyFilter foo/wasmcast-shop-frontpage-v1-…']);
  });

  it.each<[string, readonly DesiredFilter[]]>([
    ['an EnvoyFilter', [filter('one')]],
    ['a WasmPlugin', [imageFilter('two')]],
  ])('repairs %s that somebody stripped of its annotations, and removes it in its turn', (_, filters) => {
    const there = after(native(), steps(native(), [chain(filters)]));
    const stripped = withObjects(
      there,
      objectsOf(there).map(({ kind, object }) => {
        const { annotations: _gone, ...metadata } = object.metadata;
        return { kind, object: { ...object, metadata } };
      }),
    );
    const repair = steps(stripped, [chain(filters)]);
    expect(repair.map((step) => step.id.split(' ')[0])).toEqual(['update']);
    expect(objectsOf(after(stripped, repair))).toEqual(objectsOf(there));
    const whole = ids(steps(there, [chain([])], { removeAll: true }));
    expect(ids(steps(stripped, [chain([])], { removeAll: true }))).toEqual(whole);
  });

  it('knows a module by its name, whatever somebody took off its ConfigMap', () => {
    const modulesThere = start.modules.map((m) => ({ ...m, metadata: { name: m.metadata.name } }));
    const stripped: Native = { ...start, modules: modulesThere };
    expect(steps(stripped, one)).toEqual([]);
    expect(ids(steps(stripped, [chain([])], { removeAll: true })).at(-1)).toBe(
      'cleanup: delete ConfigMap foo/wasmcast-shop-…',
    );
  });

  it('counts a module as there only under the name that pods mount it by', () => {
    const copied: Native = {
      ...native(),
      modules: start.modules.map((m) => ({ ...m, metadata: { ...m.metadata, name: 'a-copy' } })),
    };
    expect(ids(steps(copied, one))[0]).toBe('prepare: create ConfigMap foo/wasmcast-shop-…');
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

  it('take no priority over from an EnvoyFilter that is kept for a rollback', () => {
    const there = after(native(), steps(native(), [chain([filter('a')])]));
    const gone = after(there, steps(there, [chain([])], { retained: [digest('a')] }));
    expect(objectsOf(gone).map((o) => o.kind.kind)).toEqual(['EnvoyFilter']);
    const [image] = steps(gone, [chain([imageFilter('a')])], { retained: [digest('a')] });
    expect(written(image).spec).toMatchObject({ priority: 1307 });
  });

  it('do not rewrite their neighbours when one comes between', () => {
    const seen = after(native(), steps(native(), [chain([imageFilter('a'), imageFilter('c')])]));
    const next = steps(seen, [chain([imageFilter('a'), imageFilter('b'), imageFilter('c')])]);
    expect(next.map((step) => step.id.split('-')[2])).toEqual(['b']);
  });
});
