import { type Chain, type WorkloadId, workloadAddress } from '@wasmcast/core';

/** The chains of these workloads. */
export function chainsOf(chains: readonly Chain[], workloads: ReadonlySet<string>): readonly Chain[] {
  return chains.filter((chain) => workloads.has(workloadAddress(chain.workload)));
}

/** Each workload that has a chain, once. */
export function workloadsOf(chains: readonly Chain[]): readonly WorkloadId[] {
  return [...new Map(chains.map(({ workload }) => [workloadAddress(workload), workload])).values()];
}
