import type { DesiredFilter } from '@wasmcast/core';
import { describe, expect, it } from 'vitest';
import type { Native } from '../native.ts';
import {
  after,
  filter,
  frontpage,
  imageFilter,
  native,
  objectsOf,
  withObjects,
  workload,
} from '../testing/native.ts';
import { chain, ids, steps } from '../testing/plans.ts';

describe('a plan', () => {
  const one = [chain([filter('one')])];
  const start = after(native(), steps(native(), one));

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

  const other = workload({}, { ...frontpage, name: 'other' });
  const lies = {
    'wasmcast.dev/workload': 'Deployment/other',
    'wasmcast.dev/direction': 'outbound',
    'wasmcast.dev/mounts': '0123456789abcdef',
  };
  it.each<[string, readonly DesiredFilter[], Readonly<Record<string, string>> | undefined]>([
    ['an EnvoyFilter without', [filter('one')], undefined],
    ['an EnvoyFilter with false', [filter('one')], lies],
    ['a WasmPlugin without', [imageFilter('two')], undefined],
    ['a WasmPlugin with false', [imageFilter('two')], { ...lies, 'wasmcast.dev/mounts': '' }],
  ])('repairs %s annotations, and removes it in its turn', (_, filters, annotations) => {
    const empty = native([workload(), other]);
    const there = after(empty, steps(empty, [chain(filters)]));
    const stripped = withObjects(
      there,
      objectsOf(there).map(({ kind, object }) => {
        const { annotations: _gone, ...metadata } = object.metadata;
        return {
          kind,
          object: { ...object, metadata: { ...metadata, ...(annotations && { annotations }) } },
        };
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
});
