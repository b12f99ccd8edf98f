import type { Step } from '@wasmcast/core';
import { describe, expect, it } from 'vitest';
import { userVolume, userVolumeMount } from '../names.ts';
import type { Native } from '../native.ts';
import { installedChains } from '../observe/installed.ts';
import { after, digest, filter, native, objectsOf, settings } from '../testing/native.ts';
import { chain, change, ids, steps, written } from '../testing/plans.ts';
import { compile } from './compile.ts';

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
