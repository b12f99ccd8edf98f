import { describe, expect, it } from 'vitest';
import { recordedSources, recordedText } from '../testing/recorded.ts';
import { readEcds, readListeners } from '../verify/dump.ts';
import { effectiveChains, type ProxyScene } from './effective.ts';
import { readLayout } from './layout.ts';

/** A sidecar of Istio 1.31 with four WasmPlugins, three EnvoyFilters and an AuthorizationPolicy. */
function recordedScene(change: Partial<ProxyScene> = {}): ProxyScene {
  const ecds = readEcds(recordedText('chain-ecds.json'));
  return {
    chains: readLayout(recordedText('chain-listeners.json'), ecds),
    errors: [],
    isGateway: false,
    proxy: { namespace: 'doctor-rec', labels: { app: 'web' } },
    sources: { list: recordedSources('chain-objects.json'), unseen: [] },
    ...change,
  };
}

describe('the effective chains of a recorded sidecar', () => {
  const { chains, remarks } = effectiveChains(recordedScene());

  it('has every filter in order, with who put it there', () => {
    const [inbound] = chains;
    const shown = inbound?.filters.map(({ type, origin }) => {
      if (origin.kind === 'object') return `${type} by ${origin.by.kind} ${origin.by.name}`;
      if (origin.kind === 'mesh') return `${type} ${origin.because.map(({ name }) => name).join()}`.trim();
      return origin.kind;
    });
    expect(inbound?.direction).toBe('inbound');
    expect(shown).toEqual([
      'http_connection_manager',
      'placeholder-allow by WasmPlugin open',
      'rbac allow-all',
      'placeholder-deny by WasmPlugin closed',
      'wasm by WasmPlugin good',
      'wasm by WasmPlugin twin',
      'grpc_stats',
      'fault',
      'cors',
      'lua by EnvoyFilter theirs',
      'router',
    ]);
  });

  it('shows equal chains once, with all their places', () => {
    expect(chains.map(({ direction, places }) => `${direction} ${places.length}`)).toEqual([
      'inbound 2',
      'outbound 1',
      'inbound 1',
      'inbound 1',
      'outbound 4',
    ]);
  });

  it('says who keeps an object', () => {
    const lua = chains[0]?.filters.find(({ name }) => name === 'their.lua');
    expect(lua?.origin).toEqual({
      kind: 'object',
      by: { kind: 'EnvoyFilter', namespace: 'doctor-rec', name: 'theirs', owner: 'testbed' },
    });
  });

  it('remarks on ties and on anchors that are not there, and on nothing else', () => {
    expect(remarks.map(({ kind, text }) => `${kind} ${text.split(':')[0]}`)).toEqual([
      'tie WasmPlugin doctor-rec/good, WasmPlugin doctor-rec/twin have the same priority 10 (inbound)',
      'anchor-missing EnvoyFilter doctor-rec/anchorless',
      'anchor-missing EnvoyFilter doctor-rec/old-names',
    ]);
    expect(remarks[2]?.text).toContain('means nothing since Istio 1.19');
  });

  it('names the object of a filter whose objects may not be listed, and says what was not seen', () => {
    const blind = effectiveChains(recordedScene({ sources: { list: [], unseen: ['wasmplugins in foo'] } }));
    expect(blind.chains[0]?.filters[1]?.origin).toEqual({
      kind: 'object',
      by: { kind: 'WasmPlugin', namespace: 'doctor-rec', name: 'open' },
    });
    expect(blind.chains[0]?.filters.at(-2)?.origin).toEqual({ kind: 'unknown' });
    expect(blind.remarks).toEqual([{ kind: 'unseen', text: 'wasmplugins in foo' }]);
  });

  it('remarks on an object that selects the proxy and is not shown', () => {
    const [first, ...rest] = recordedSources('chain-objects.json');
    const plugin = [first, ...rest].find((source) => source?.object.metadata.name === 'good');
    if (plugin === undefined) throw new Error('the recording has a plugin called good');
    const metadata = { ...plugin.object.metadata, name: 'late' };
    const late = { ...plugin, object: { ...plugin.object, metadata } };
    const seen = effectiveChains(recordedScene({ sources: { list: [late], unseen: [] } }));
    expect(seen.remarks).toEqual([
      {
        kind: 'not-shown',
        text: 'WasmPlugin doctor-rec/late: it selects the proxy, but no chain has its filter',
      },
    ]);
  });

  it('repeats what Envoy refused, in its own words', () => {
    const { errors } = readListeners(recordedText('refused-listeners.json'));
    const seen = effectiveChains(recordedScene({ chains: [], errors }));
    expect(seen.remarks[0]).toEqual({
      kind: 'rejected',
      text: "Provider 'origins-0' in jwt_authn config has invalid local jwks: Jwks doesn't have any valid public key",
    });
  });

  it('takes the listeners of a router for those of a gateway', () => {
    const gateway = effectiveChains(recordedScene({ isGateway: true }));
    expect(new Set(gateway.chains.map(({ direction }) => direction))).toEqual(new Set(['gateway']));
  });
});
