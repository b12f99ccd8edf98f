import { type Chain, type Observed, planTarget } from '@wasmcast/core';
import { describe, expect, it } from 'vitest';
import { compile } from '../compile/compile.ts';
import type { Native } from '../native.ts';
import {
  after,
  digest,
  filter,
  frontpage,
  native,
  settings,
  withObjects,
  workload,
} from '../testing/native.ts';
import { installedChains } from './installed.ts';

const modules = new Map([[digest('a'), new Uint8Array([0, 97, 115, 109])]]);

/** A cluster in which the fleet is rolled out. */
function installed(): Native {
  const chains: Chain[] = [{ workload: frontpage, direction: 'inbound', filters: [filter('one')] }];
  const change = { fleet: 'shop', chains, removeAll: false, retained: [] };
  return after(native(), compile(change, native(), settings, modules).steps);
}

function observedOf(seen: Native): Observed {
  const workloads = [...seen.workloads.values()].map((w) => ({
    id: w.id,
    labels: {},
    instances: [],
    chains: installedChains(w, seen),
    version: '1',
  }));
  return { target: 'prod', workloads, versions: [], diagnostics: [], native: seen };
}

describe('what is left when somebody deleted our EnvoyFilters', () => {
  it('is a chain with nothing in it, and removing the fleet takes the rest out', () => {
    const seen = withObjects(installed(), []);
    const observed = observedOf(seen);
    expect(observed.workloads[0]?.chains).toEqual([
      { workload: frontpage, direction: 'inbound', filters: [] },
    ]);
    const { plan } = planTarget({
      target: { name: 'prod', compile: (change) => compile(change, seen, settings, modules) },
      fleet: 'shop',
      chains: [],
      observed,
      removeAll: true,
      retained: [],
      modules,
      waves: [],
    });
    const steps = plan?.steps ?? [];
    expect(steps.map((step) => step.id)).toEqual([
      'patch Deployment foo/frontpage-v1',
      'delete ConfigMap foo/wasmcast-shop-aaaaaaaaaaaaaaaa',
    ]);
    const end = after(seen, steps);
    expect([...end.workloads.values()].map((w) => w.object.spec?.template?.metadata)).toEqual([
      { labels: workload().object.spec?.template?.metadata?.labels, annotations: {} },
    ]);
  });

  it('is nothing on a workload that has nothing of the fleet', () => {
    expect(installedChains(workload(), native())).toEqual([]);
  });
});
