import { describe, expect, it } from 'vitest';
import { installedChains } from '../observe/installed.ts';
import { after, digest, filter, imageFilter, native, objectsOf, settings } from '../testing/native.ts';
import { chain, change, ids, modules, steps, written } from '../testing/plans.ts';
import { compile } from './compile.ts';

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

  it('come from a module server too, held against the digest of the module', () => {
    const served = `http://modules.tools/modules/${digest('a')}.wasm`;
    const wanted = [chain([filter('one', { config, delivery: 'http', served, allowPrecompiled: false })])];
    const list = steps(native(), wanted);
    expect(written(list[0]).spec).toMatchObject({ url: served, sha256: digest('a') });
    const seen = after(native(), list);
    expect(steps(seen, wanted)).toEqual([]);
    const [there] = [...seen.workloads.values()];
    expect(there && installedChains(there, seen)).toEqual(wanted);
    const nowhere = [chain([filter('one', { config, delivery: 'http' })])];
    const { diagnostics } = compile(change(nowhere), native(), settings, modules);
    expect(diagnostics.map(({ code }) => code)).toContain('WC-IST-049');
  });

  it('that are one module are said to share a VM, unless they are files', () => {
    const said = (delivery: 'image' | 'configmap'): readonly string[] => {
      const filters = ['one', 'two'].map((name) => (delivery === 'image' ? imageFilter(name) : filter(name)));
      const { diagnostics } = compile(change([chain(filters)]), native(), settings, modules);
      return diagnostics.flatMap((d) => (d.code === 'WC-IST-048' ? [d.summary] : []));
    };
    expect(said('image')).toEqual([expect.stringMatching(/^one, two are one module, .* share one VM/)]);
    expect(said('configmap')).toEqual([]);
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
