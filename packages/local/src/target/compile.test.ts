import type { Change, DesiredFilter, Observed, Sha256, WorkloadKind } from '@wasmcast/core';
import { describe, expect, it } from 'vitest';
import { chainVersion, fragmentJson, type ChainFragment, type ModuleFragment } from '../fragments.ts';
import { testFilter } from '../testing/rollouts.ts';
import { compileChange } from './compile.ts';
import { toObserved } from './observed-mesh.ts';

const digestOf = (letter: string): Sha256 => letter.repeat(64) as Sha256;
const module = (letter: string) => ({ bytes: Uint8Array.of(1, 2, 3), digest: digestOf(letter) });
const atHand = (...letters: string[]) => new Map(letters.map((l) => [digestOf(l), module(l).bytes]));
const filter = (name: string, letter: string, more: Partial<DesiredFilter> = {}): DesiredFilter => ({
  ...testFilter(name, module(letter)),
  ...more,
});

/** A mesh with the services `cart` and `stock`. */
function mesh(state: { cart?: readonly DesiredFilter[]; held?: readonly string[] } = {}): Observed {
  const service = (name: string, filters: readonly DesiredFilter[] | undefined) => {
    const fragment: ChainFragment | null =
      filters === undefined
        ? null
        : { kind: 'chain', fleet: 'f', service: { namespace: 'shop', name }, direction: 'inbound', filters };
    const version = chainVersion('daemon', fragment);
    return { namespace: 'shop', name, labels: {}, port: 1, version, fragment };
  };
  const modules = (state.held ?? []).map((letter): ModuleFragment => ({
    kind: 'module',
    fleet: 'f',
    digest: digestOf(letter),
    size: 3,
    bytes: 'AQID',
  }));
  const services = [service('cart', state.cart), service('stock', undefined)];
  return toObserved(
    'laptop',
    { fleet: 'f', selectors: [] },
    { daemon: 'daemon', versions: [], services, modules },
    modules,
  );
}

function change(
  filters: readonly DesiredFilter[],
  more: Partial<Change> & { service?: string } = {},
): Change {
  const { service = 'cart', ...rest } = more;
  const kind: WorkloadKind = 'LocalService';
  const workload = { target: 'laptop', namespace: 'shop', kind, name: service };
  const chains = [{ workload, direction: 'inbound' as const, filters }];
  return { fleet: 'f', chains, removeAll: false, retained: [], ...rest };
}

const codes = (compiled: ReturnType<typeof compileChange>) => compiled.diagnostics.map((d) => d.code);

describe('compiling a change of an embedded mesh', () => {
  it('uploads each module once, then changes the chain', () => {
    const filters = [filter('one', 'a'), filter('two', 'a'), filter('three', 'b')];
    const { steps, diagnostics } = compileChange(change(filters), mesh(), atHand('a', 'b'));
    expect(diagnostics).toEqual([]);
    expect(steps.map(({ stage, id }) => [stage, id])).toEqual([
      ['prepare', `upload module ${digestOf('a')}`],
      ['prepare', `upload module ${digestOf('b')}`],
      ['change', 'chain shop/cart inbound'],
    ]);
    expect(steps[0]?.after).toEqual({
      kind: 'module',
      fleet: 'f',
      digest: digestOf('a'),
      size: 3,
      bytes: 'AQID',
    });
    expect(steps[2]).toMatchObject({
      workload: 'laptop/shop/LocalService/cart',
      precondition: { version: chainVersion('daemon', null) },
      before: null,
      restarts: 0,
    });
  });

  it('needs no bytes of a module that the mesh holds', () => {
    const { steps } = compileChange(change([filter('one', 'a')]), mesh({ held: ['a'] }), new Map());
    expect(steps.map((step) => step.stage)).toEqual(['change']);
  });

  it('has no step for what is there already', () => {
    const observed = mesh({ cart: [filter('one', 'a')], held: ['a'] });
    expect(compileChange(change([filter('one', 'a')]), observed, new Map()).steps).toEqual([]);
    expect(compileChange(change([]), mesh(), new Map()).steps).toEqual([]);
  });

  it('drops a module that neither a chain nor a retained revision names, with the bytes to undo it', () => {
    const observed = mesh({ cart: [filter('one', 'a')], held: ['a', 'c'] });
    const wanted = change([filter('one', 'b')], { retained: [digestOf('c')] });
    const { steps } = compileChange(wanted, observed, atHand('b'));
    const cleanups = steps.filter((step) => step.stage === 'cleanup');
    expect(cleanups.map((step) => step.id)).toEqual([`drop module ${digestOf('a')}`]);
    expect(cleanups[0]).toMatchObject({ before: { digest: digestOf('a'), bytes: 'AQID' }, after: null });
  });

  it('keeps modules of chains that the change does not name', () => {
    const observed = mesh({ cart: [filter('one', 'a')], held: ['a'] });
    const { steps } = compileChange(change([], { service: 'stock' }), observed, new Map());
    expect(steps).toEqual([]);
  });

  it('removes everything of the fleet when the whole fleet goes, named or not', () => {
    const observed = mesh({ cart: [filter('one', 'a')], held: ['a'] });
    const gone = { fleet: 'f', chains: [], removeAll: true, retained: [digestOf('a')] };
    const { steps } = compileChange(gone, observed, new Map());
    expect(steps.map(({ stage, after }) => [stage, after])).toEqual([
      ['change', null],
      ['cleanup', null],
    ]);
  });

  it('removes nothing from a service that is gone', () => {
    expect(compileChange(change([], { service: 'gone' }), mesh(), new Map())).toEqual({
      steps: [],
      diagnostics: [],
    });
  });

  it('refuses with every reason at once, and then does nothing', () => {
    const filters = [
      filter('one', 'a', { delivery: 'image' }),
      filter('one', 'a'),
      filter('two', 'a', { position: 'first' }),
    ];
    const compiled = compileChange(change(filters, { service: 'gone' }), mesh(), new Map());
    expect(compiled.steps).toEqual([]);
    expect(codes(compiled)).toEqual(['WC-LOC-020', 'WC-LOC-022', 'WC-LOC-023', 'WC-LOC-024']);
    expect(codes(compileChange(change([filter('one', 'a')]), mesh(), new Map()))).toEqual(['WC-LOC-025']);
    const outbound = change([filter('one', 'a')]).chains.map((c) => ({
      ...c,
      direction: 'outbound' as const,
    }));
    expect(codes(compileChange({ ...change([]), chains: outbound }, mesh(), atHand('a')))).toEqual([
      'WC-LOC-021',
    ]);
  });

  it('makes steps that are plain JSON, also where optional members are undefined', () => {
    const odd = { ...filter('one', 'a'), image: undefined } as unknown as DesiredFilter;
    const [, step] = compileChange(change([odd]), mesh(), atHand('a')).steps;
    expect(step?.after).toStrictEqual(fragmentJson(JSON.parse(JSON.stringify(step?.after)) as ChainFragment));
    expect(Object.keys(step?.after ?? {})).not.toContain('image');
  });
});
