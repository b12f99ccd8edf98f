import type { Chain, DesiredFilter, Sha256 } from '@wasmcast/core';
import { expect, test } from 'vitest';
import { filter, frontpage, imageFilter } from '../testing/native.ts';
import type { SeenFilter } from './dump.ts';
import { hasOtherVms, usesOf } from './module-uses.ts';
import type { Reading } from './reading.ts';

const wasm = (name: string, vmId?: string): SeenFilter => ({
  name,
  config: { kind: 'wasm', plugin: vmId === undefined ? {} : { vm_config: { vm_id: vmId } } },
});
const cors: SeenFilter = {
  name: 'envoy.filters.http.cors',
  config: { kind: 'other', type: 'type.googleapis.com/envoy.extensions.filters.http.cors.v3.Cors' },
};
const digest = 'd'.repeat(64) as Sha256;

function reading(...filters: readonly SeenFilter[]): Reading {
  const chain = { listener: 'virtualInbound', direction: 'INBOUND', name: '', filters, since: 5 } as const;
  return {
    fleet: 'shop',
    workload: frontpage,
    listeners: { chains: [chain], warming: [], errors: [] },
    ecds: new Map(),
    mounts: {},
    falseModules: new Map(),
  };
}

function inbound(...filters: readonly DesiredFilter[]): readonly Chain[] {
  return [{ workload: frontpage, direction: 'inbound', filters }];
}

test('filters of one module share a VM unless their vm_id differs', () => {
  const chains = inbound(
    filter('a', { moduleDigest: digest }),
    filter('b', { moduleDigest: digest }),
    filter('c', { moduleDigest: digest }),
  );
  const seen = reading(
    wasm('wasmcast.shop.a'),
    wasm('wasmcast.shop.b', 'own'),
    wasm('wasmcast.shop.c', 'own'),
  );
  const [a, b, c] = usesOf(seen, chains).map(({ vm }) => vm);
  expect([a === b, b === c]).toEqual([false, true]);
});

test('a Wasm filter that is not wanted is one of others, whatever brought it', () => {
  const chains = inbound(filter('a', {}), imageFilter('img', {}));
  expect(hasOtherVms(reading(cors, wasm('wasmcast.shop.a')), chains)).toBe(false);
  expect(hasOtherVms(reading(wasm('wasmcast.shop.a'), wasm('theirs')), chains)).toBe(true);
  const discovered = { name: 'foo.theirs', config: undefined };
  const plugin = { config: { kind: 'wasm', plugin: {} }, since: 1 } as const;
  const ecds = new Map([[discovered.name, plugin]]);
  expect(hasOtherVms({ ...reading(discovered), ecds }, chains)).toBe(true);
});
