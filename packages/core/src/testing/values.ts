import type { Sha256 } from '../digest.ts';
import type { DesiredFilter } from '../model/filter.ts';
import type { Binding, FilterSpec } from '../model/fleet.ts';
import type { RolloutPolicy } from '../model/rollout-policy.ts';
import type { WorkloadId } from '../model/workload.ts';
import type { ResolvedFilter } from '../plan/resolved-filter.ts';
import type { ObservedWorkload } from '../ports/target.ts';

/** A digest that is recognised in a failing test: the character 64 times. */
export function digest(character: string): Sha256 {
  return character.repeat(64) as Sha256;
}

/** A filter of a manifest with everything at its default. */
export function filterSpec(name: string, change: Partial<FilterSpec> = {}): FilterSpec {
  return {
    name,
    module: { kind: 'file', path: `${name}.wasm` },
    rootId: '',
    vm: { id: undefined, allowPrecompiled: false, env: {} },
    config: { kind: 'none' },
    onFailure: 'closed',
    declaredIn: 'wasmcast.yaml',
    ...change,
  };
}

/** A resolved filter; the module's digest is made of `character`. */
export function resolvedFilter(
  name: string,
  character = 'a',
  change: Partial<FilterSpec> = {},
): ResolvedFilter {
  return { spec: filterSpec(name, change), moduleDigest: digest(character), moduleSize: 1000 };
}

/** A filter as it shall run. */
export function desiredFilter(name: string, change: Partial<DesiredFilter> = {}): DesiredFilter {
  return {
    name,
    moduleDigest: digest('a'),
    moduleSize: 1000,
    delivery: 'embedded',
    position: 'last',
    rootId: '',
    vmId: `${name}-aaaaaaaa`,
    allowPrecompiled: false,
    env: {},
    config: { kind: 'none' },
    onFailure: 'closed',
    ...change,
  };
}

/** A workload of target `t`, namespace `foo`. */
export function workloadId(name: string): WorkloadId {
  return { target: 't', namespace: 'foo', kind: 'LocalService', name };
}

/** A workload with one instance and the label `app: <name>`. */
export function observedWorkload(name: string, change: Partial<ObservedWorkload> = {}): ObservedWorkload {
  const id = workloadId(name);
  return {
    id,
    labels: { app: name },
    instances: [{ workload: id, name, uid: '1' }],
    chains: [],
    version: '1',
    ...change,
  };
}

/** A binding of target `t`, namespace `foo`. */
export function binding(name: string, chain: readonly string[], change: Partial<Binding> = {}): Binding {
  return {
    name,
    target: 't',
    select: { namespace: 'foo', labels: { app: name } },
    direction: 'inbound',
    position: 'last',
    delivery: 'auto',
    chain,
    ...change,
  };
}

/** All at once, without gates. */
export function rolloutPolicy(change: Partial<RolloutPolicy> = {}): RolloutPolicy {
  return {
    timeoutMs: 5000,
    probe: 'auto',
    waves: [],
    gates: [],
    maxRestarting: undefined,
    onFailure: 'rollback',
    ...change,
  };
}
