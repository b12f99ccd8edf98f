import {
  type Chain,
  type InstanceVerdict,
  type Probe,
  type ProbeDesign,
  type ProbePlan,
  type ProbeReading,
  type ProbingPort,
  type VerdictKind,
  workloadAddress,
} from '@wasmcast/core';

/** Probes that exist in memory only. What they show is asked each time that they are read. */
export class MemoryProbing implements ProbingPort {
  /** Addresses of the workloads for which one was started, and for which one was removed. */
  readonly started: string[] = [];
  readonly removed: string[] = [];
  /** Called before each start; throw to refuse it. */
  beforeStart: () => void = () => undefined;
  shows: (workload: string) => VerdictKind = () => 'live';
  hindrance: string | undefined;

  design([chain]: readonly Chain[]): ProbeDesign {
    if (chain === undefined) return { kind: 'none', why: 'nothing is there' };
    return { kind: 'probe', summary: `probe of ${chain.workload.name}`, native: null };
  }

  async start(_fleet: string, { workload }: ProbePlan, chains: readonly Chain[]): Promise<Probe> {
    this.beforeStart();
    this.started.push(workload);
    return {
      read: async () => this.#read(chains),
      [Symbol.asyncDispose]: async () => void this.removed.push(workload),
    };
  }

  #read(chains: readonly Chain[]): ProbeReading {
    const [{ workload } = { workload: undefined }] = chains;
    if (workload === undefined) throw new Error('a probe without a chain');
    const verdict: InstanceVerdict = {
      instance: { workload, name: 'probe', uid: 'p' },
      filters: chains.flatMap(({ direction, filters }) =>
        filters.map(({ name }) => ({
          filter: name,
          direction,
          verdict: this.shows(workloadAddress(workload)),
          evidence: 'so it says',
        })),
      ),
    };
    return { verdict, ...(this.hindrance !== undefined && { hindrance: this.hindrance }) };
  }
}
