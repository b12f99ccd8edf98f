import { describe, expect, test } from 'vitest';
import { binding, observedWorkload, resolvedFilter } from '../testing/values.ts';
import { type ResolveInput, resolveChains } from './resolve-chains.ts';

const base: ResolveInput = {
  target: 't',
  capabilities: { deliveries: ['configmap', 'image'], directions: ['inbound'], restartsInstances: true },
  bindings: [],
  workloads: [observedWorkload('front'), observedWorkload('back')],
  filters: new Map(['a', 'b', 'c', 'd'].map((name) => [name, resolvedFilter(name)])),
  locate: (path) => ({ file: 'w.yaml', line: path.length, column: 1, length: 1, lineText: '' }),
};

const names = (input: Partial<ResolveInput>): Record<string, string[]> =>
  Object.fromEntries(
    resolveChains({ ...base, ...input }).chains.map((c) => [c.workload.name, c.filters.map((f) => f.name)]),
  );

describe('the order of a chain', () => {
  test('is position, then binding, then list', () => {
    const bindings = [
      binding('front', ['a', 'b']),
      binding('front', ['c'], { name: 'second' }),
      binding('front', ['d'], { name: 'early', position: 'first' }),
    ];
    expect(names({ bindings })).toEqual({ front: ['d', 'a', 'b', 'c'] });
  });

  test('covers every workload that a selector means, and no other', () => {
    const all = binding('all', ['a'], { select: { namespace: 'foo', labels: {} } });
    expect(names({ bindings: [all, binding('back', ['b'])] })).toEqual({ front: ['a'], back: ['a', 'b'] });
  });

  test('leaves the bindings of other targets alone', () => {
    expect(resolveChains({ ...base, bindings: [binding('front', ['a'], { target: 'other' })] })).toEqual({
      chains: [],
      diagnostics: [],
    });
  });
});

describe('a filter as it shall run', () => {
  test('has a vm_id of its own name and the module it runs', () => {
    const { chains } = resolveChains({ ...base, bindings: [binding('front', ['a'])] });
    expect(chains[0]?.filters[0]).toMatchObject({ vmId: 'a-aaaaaaaa', delivery: 'configmap' });
  });

  test('goes as an image when it is one, and the target takes images', () => {
    const image = { reference: 'r/a@sha256:…', digest: resolvedFilter('a').moduleDigest };
    const filters = new Map([['a', { ...resolvedFilter('a'), image }]]);
    const deliver = (deliveries: ResolveInput['capabilities']['deliveries']) =>
      resolveChains({
        ...base,
        filters,
        capabilities: { ...base.capabilities, deliveries },
        bindings: [binding('front', ['a'])],
      }).chains[0]?.filters[0]?.delivery;
    expect([deliver(['configmap', 'image']), deliver(['embedded'])]).toEqual(['image', 'embedded']);
  });

  test('is pulled from the mirror of its target, by the same digest', () => {
    const digest = resolvedFilter('a').moduleDigest;
    const image = { reference: `a.example/team/a@sha256:${digest}`, digest };
    const { chains } = resolveChains({
      ...base,
      filters: new Map([['a', { ...resolvedFilter('a'), image }]]),
      bindings: [binding('front', ['a'])],
      mirrors: [{ from: 'a.example', to: 'eu.example/copy' }],
    });
    const reference = `eu.example/copy/team/a@sha256:${digest}`;
    expect(chains[0]?.filters[0]?.image).toEqual({ reference, digest });
  });

  test('is fetched by its digest from the module server of its target', () => {
    const digest = resolvedFilter('a').moduleDigest;
    const { chains } = resolveChains({
      ...base,
      capabilities: { ...base.capabilities, deliveries: ['http'] },
      bindings: [binding('front', ['a'], { delivery: 'http' })],
      moduleServer: 'http://modules.tools:8080/wasm/',
    });
    expect(chains[0]?.filters[0]).toMatchObject({
      delivery: 'http',
      served: `http://modules.tools:8080/wasm/modules/${digest}.wasm`,
    });
  });
});

test('every fault is returned, with its place', () => {
  const { diagnostics } = resolveChains({
    ...base,
    bindings: [
      binding('nobody', ['a']),
      binding('front', ['a', 'b'], { name: 'one' }),
      binding('front', ['b'], { name: 'two' }),
      binding('front', ['c'], { direction: 'outbound' }),
      binding('front', ['c'], { delivery: 'embedded' }),
    ],
  });
  expect(diagnostics.map((d) => d.code)).toEqual([
    'WC-PLAN-001',
    'WC-PLAN-002',
    'WC-PLAN-003',
    'WC-PLAN-004',
  ]);
  expect(diagnostics[1]?.summary).toContain('by bindings one and two');
  expect(diagnostics.every((d) => d.source?.file === 'w.yaml')).toBe(true);
});
