import { type Chain, type TargetPlan, type WorkloadId, workloadAddress } from '@wasmcast/core';

/** The chains of these workloads. */
export function chainsOf(chains: readonly Chain[], workloads: ReadonlySet<string>): readonly Chain[] {
  return chains.filter((chain) => workloads.has(workloadAddress(chain.workload)));
}

/** Each workload that has a chain, once. */
export function workloadsOf(chains: readonly Chain[]): readonly WorkloadId[] {
  return [...new Map(chains.map(({ workload }) => [workloadAddress(workload), workload])).values()];
}

/** What a rollout answers for: not the workloads that it leaves as others have changed them. */
export function touchedChains({ expected, left = [] }: TargetPlan): readonly Chain[] {
  return expected.filter(({ workload }) => !left.includes(workloadAddress(workload)));
}
