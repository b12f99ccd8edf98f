import type { Chain, DesiredFilter, JsonObject, Position, Sha256, Step } from '@wasmcast/core';
import type { LocalTarget } from '../target/local-target.ts';
import { serviceWorkload } from '../target/observed-mesh.ts';
import type { TestModule } from './filters.ts';

/** A filter for a test. */
export function testFilter(
  name: string,
  module: TestModule,
  more: {
    readonly config?: JsonObject;
    readonly position?: Position;
    readonly vmId?: string;
    readonly onFailure?: DesiredFilter['onFailure'];
  } = {},
): DesiredFilter {
  return {
    name,
    moduleDigest: module.digest,
    moduleSize: module.bytes.length,
    delivery: 'embedded',
    position: more.position ?? 'last',
    rootId: '',
    vmId: more.vmId ?? name,
    allowPrecompiled: false,
    env: {},
    config: { kind: 'json', value: more.config ?? {} },
    onFailure: more.onFailure ?? 'closed',
  };
}

/** The chain of a service of namespace `shop`. */
export function testChain(target: LocalTarget, service: string, filters: readonly DesiredFilter[]): Chain {
  return {
    workload: serviceWorkload(target.name, { namespace: 'shop', name: service }),
    direction: 'inbound',
    filters,
  };
}

/** Compiles what a fleet wants on a service of namespace `shop`; throws if it is refused. */
export async function planChain(
  target: LocalTarget,
  fleet: string,
  service: string,
  filters: readonly DesiredFilter[],
  modules: readonly TestModule[],
): Promise<readonly Step[]> {
  const signal = AbortSignal.timeout(10_000);
  const observed = await target.observe({ fleet, selectors: [] }, signal);
  const bytes = new Map<Sha256, Uint8Array>(modules.map((module) => [module.digest, module.bytes]));
  const chains = [testChain(target, service, filters)];
  const { steps, diagnostics } = target.compile(
    { fleet, chains, removeAll: false, retained: modules.map((module) => module.digest) },
    observed,
    bytes,
  );
  if (diagnostics.length > 0) throw new Error(diagnostics.map((d) => d.summary).join('\n'));
  return steps;
}

/** Compiles and applies. */
export async function setChain(...change: Parameters<typeof planChain>): Promise<void> {
  const [target] = change;
  for (const step of await planChain(...change))
    // oxlint-disable-next-line no-await-in-loop
    await target.apply(step, AbortSignal.timeout(10_000));
}
