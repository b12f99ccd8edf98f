import {
  type Chain,
  type Change,
  type Compiled,
  type Diagnostic,
  type InstanceStats,
  type InstanceVerdict,
  type JsonValue,
  type LockHolder,
  type Observed,
  type ProbingPort,
  type Revision,
  type StatsQuery,
  type Step,
  type Target,
  type VerdictKind,
  WasmcastError,
  type WorkloadId,
  chainKey,
  jsonEquals,
  workloadAddress,
} from '@wasmcast/core';
import { MemoryRollouts } from './memory-rollouts.ts';

/** A target that exists in memory only: the engine's own tests drive it, and make it fail where they want. */
export interface MemoryTarget extends Target {
  /** What is installed, by chain key. */
  readonly chains: Map<string, JsonValue>;
  /** How often each chain was written. */
  readonly versions: Map<string, number>;
  /** Steps that were applied, in order. */
  readonly applied: string[];
  readonly stored: Revision[];
  readonly rollouts: MemoryRollouts;
  probing?: ProbingPort;
  /** What was asked to be measured, each time. */
  readonly measured: (readonly StatsQuery[])[];
  /** What the instance of a workload counts, each time that it is asked. */
  statsOf: (workload: string) => Omit<InstanceStats, 'instance'>;
  holder: LockHolder | undefined;
  /** Called before each step; throw to make it fail. */
  beforeApply: (step: Step) => void | Promise<void>;
  /** Called before each reading of the instances; throw to make it fail. */
  beforeVerify: (signal: AbortSignal) => void | Promise<void>;
  /** What compile says beside its steps; an error refuses the change. */
  remarks: readonly Diagnostic[];
  /** Workloads that are there, by name; removing one is as if somebody deleted it. */
  readonly workloads: Map<string, { id: WorkloadId; labels: Record<string, string> }>;
  /** Instances of each workload that restart when it is written. */
  restarts: number;
  /** What a filter of a workload shows that stands there as wanted. */
  verdictOn: (workload: string, filter: string) => VerdictKind;
  /** Number of readings after a write in which instances still show the old chain. */
  lag: number;
  /** Lets the instances show what is installed at once. */
  catchUp(): void;
}

/** A target with these workloads, one instance each. */
export function memoryTarget(
  name: string,
  workloads: readonly { id: WorkloadId; labels: Record<string, string> }[],
): MemoryTarget {
  const chains = new Map<string, JsonValue>();
  const versions = new Map<string, number>();
  const shown = new Map<string, JsonValue>();
  let behind = 0;
  const self: MemoryTarget = {
    name,
    capabilities: { deliveries: ['embedded'], directions: ['inbound'], restartsInstances: false },
    chains,
    versions,
    applied: [],
    stored: [],
    rollouts: new MemoryRollouts(),
    measured: [],
    statsOf: () => ({}),
    holder: undefined,
    beforeApply: () => undefined,
    beforeVerify: () => undefined,
    remarks: [],
    workloads: new Map(workloads.map((w) => [w.id.name, w])),
    restarts: 0,
    verdictOn: () => 'live',
    lag: 0,
    catchUp: () => {
      behind = 0;
    },
    lock: {
      acquire: async (_fleet, holder) => {
        if (self.holder !== undefined) throw new WasmcastError('WC-LOCK-001', `${self.holder.owner} has it`);
        self.holder = holder;
        return {
          holder,
          [Symbol.asyncDispose]: async () => {
            if (self.holder?.nonce === holder.nonce) self.holder = undefined;
          },
        };
      },
      holder: async () => self.holder,
      break: async (_fleet, nonce) => {
        if (self.holder?.nonce !== nonce) return false;
        self.holder = undefined;
        return true;
      },
    },
    revisions: {
      list: async () => [...self.stored],
      put: async (revision) => {
        if (self.stored.some(({ number }) => number === revision.number))
          throw new WasmcastError('WC-REV-001', `there is a revision ${revision.number}`);
        self.stored.push(revision);
      },
      delete: async (_fleet, numbers) => {
        self.stored.splice(0, Infinity, ...self.stored.filter((r) => !numbers.includes(r.number)));
      },
    },
    observe: async (): Promise<Observed> => ({
      target: name,
      workloads: [...self.workloads.values()].map(({ id, labels }) => {
        const stored = chains.get(chainKey({ workload: id, direction: 'inbound' }));
        return {
          id,
          labels,
          instances: [{ workload: id, name: id.name, uid: '1' }],
          chains: stored === undefined ? [] : [stored as unknown as Chain],
          version: JSON.stringify(stored ?? null),
        };
      }),
      versions: [],
      diagnostics: [],
      native: undefined,
    }),
    compile: (change: Change): Compiled => ({
      steps: change.chains.flatMap((chain) => {
        const key = chainKey(chain);
        return stepFor(
          chain,
          chains.get(key) ?? null,
          { key, version: versions.get(key) ?? 0 },
          self.restarts,
        );
      }),
      diagnostics: self.remarks,
    }),
    apply: async (step, _signal, stillOurs) => {
      await self.beforeApply(step);
      const { key, version } = step.precondition as unknown as Precondition;
      const found = versions.get(key) ?? 0;
      const now = chains.get(key) ?? null;
      if (jsonEquals(now, step.after)) return;
      if (!jsonEquals(now, step.before)) throw new WasmcastError('WC-MEM-001', `${step.id}: moved`);
      if (found !== version) await stillOurs?.();
      if (found !== (versions.get(key) ?? 0)) throw new WasmcastError('WC-MEM-001', `${step.id}: moved`);
      versions.set(key, found + 1);
      if (step.after === null) chains.delete(key);
      else chains.set(key, step.after);
      self.applied.push(step.id);
      behind = self.lag;
    },
    async *verify(_fleet, expected, signal) {
      await self.beforeVerify(signal);
      if (behind > 0) behind -= 1;
      else {
        shown.clear();
        for (const [key, chain] of chains) shown.set(key, chain);
      }
      for (const chain of expected) yield verdictOf(chain, shown.get(chainKey(chain)), self.verdictOn);
    },
    async *measure(queries) {
      self.measured.push(queries);
      for (const { workload } of queries)
        yield { instance: { workload, name: workload.name, uid: '1' }, ...self.statsOf(workload.name) };
    },
    [Symbol.asyncDispose]: async () => undefined,
  };
  return self;
}

/** The version of a chain that a step was made on. */
interface Precondition {
  readonly key: string;
  readonly version: number;
}

function stepFor(chain: Chain, before: JsonValue, precondition: Precondition, restarts: number): Step[] {
  const after = chain.filters.length === 0 ? null : (chain as unknown as JsonValue);
  if (jsonEquals(before, after)) return [];
  const workload = workloadAddress(chain.workload);
  const id = `set ${workload}`;
  return [
    {
      id,
      stage: 'change',
      workload,
      summary: id,
      precondition: { ...precondition },
      before,
      after,
      restarts,
    },
  ];
}

function verdictOf(
  chain: Chain,
  shown: JsonValue | undefined,
  verdictOn: MemoryTarget['verdictOn'],
): InstanceVerdict {
  const instance = { workload: chain.workload, name: chain.workload.name, uid: '1' };
  const seen = (shown as unknown as Chain | undefined)?.filters ?? [];
  const filters = chain.filters.map((filter) => {
    const found = seen.find((f) => f.name === filter.name);
    const same =
      found !== undefined && jsonEquals(found as unknown as JsonValue, filter as unknown as JsonValue);
    const verdict = same
      ? verdictOn(chain.workload.name, filter.name)
      : found === undefined
        ? ('not-in-chain' as const)
        : ('wrong-config' as const);
    return { filter: filter.name, direction: chain.direction, verdict };
  });
  const extra = seen
    .filter((f) => !chain.filters.some((wanted) => wanted.name === f.name))
    .map((f) => ({ filter: f.name, direction: chain.direction, verdict: 'still-there' as const }));
  return { instance, filters: [...filters, ...extra] };
}
