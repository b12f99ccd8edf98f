import type { FilterVerdict, VerdictKind } from '@wasmcast/core';
import { filter, frontpage, pod, workload } from '../../testing/native.ts';
import type { Case } from '../case.ts';

/** A verdict on the filter of {@link aCase}. */
export function saying(verdict: VerdictKind, evidence?: string): FilterVerdict {
  return { filter: 'one', direction: 'inbound', verdict, ...(evidence !== undefined && { evidence }) };
}

/** An instance of the workload of the brief whose one filter is in no chain, and of which nothing else is known. */
export function aCase(change: Partial<Case> = {}): Case {
  const frontpagePod = pod('frontpage-v1-1');
  return {
    fleet: 'shop',
    instance: { workload: frontpage, name: 'frontpage-v1-1', uid: 'uid-frontpage-v1-1' },
    workload: workload(),
    pod: frontpagePod,
    namespaceLabels: { 'istio-injection': 'enabled' },
    revision: 'default',
    version: { istio: '1.31', envoy: '1.40.0' },
    wanted: [{ workload: frontpage, direction: 'inbound', filters: [filter('one', { delivery: 'image' })] }],
    mounts: null,
    verdicts: [saying('not-in-chain')],
    proxyVersion: '1.40.0',
    differences: [],
    refusals: [],
    log: undefined,
    warnings: [],
    remarks: [],
    ...change,
  };
}
