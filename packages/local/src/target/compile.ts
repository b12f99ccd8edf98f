import {
  workloadAddress,
  type Chain,
  type Change,
  type Compiled,
  type Diagnostic,
  type Observed,
  type Sha256,
  type Step,
} from '@wasmcast/core';
import {
  fragmentJson,
  maxModuleBytes,
  sameFragment,
  type ChainFragment,
  type ModuleFragment,
} from '../fragments.ts';
import { chainFaults } from './chain-faults.ts';
import type { NativeMesh, NativeService } from './observed-mesh.ts';

/**
 * The writes from what an embedded mesh shows to what a fleet wants of it: modules first, then each service's chain, then
 * the modules that nothing names any more. Pure. Every refusal is a diagnostic `WC-LOC-02x`.
 */
export function compileChange(
  change: Change,
  observed: Observed,
  modules: ReadonlyMap<Sha256, Uint8Array>,
): Compiled {
  const native = observed.native as NativeMesh;
  const services = new Map(native.services.map((service) => [serviceKey(service), service]));
  const held = new Map(native.modules.map((module) => [module.digest, module]));
  const diagnostics: Diagnostic[] = [];
  const changes: Step[] = [];
  /** What each service will show, for those of this change and those that it leaves alone. */
  const future = new Map(native.services.map((service) => [serviceKey(service), service.fragment]));

  for (const chain of withForgottenChains(change, native, observed.target)) {
    const service =
      chain.workload.kind === 'LocalService' ? services.get(serviceKey(chain.workload)) : undefined;
    // A service that is gone took its chain with it: there is nothing to remove.
    if (chain.filters.length === 0 && (service === undefined || chain.direction !== 'inbound')) continue;
    const faults = chainFaults(chain, service !== undefined);
    diagnostics.push(...faults);
    if (service === undefined || faults.length > 0) continue;
    const after = toFragment(change.fleet, chain);
    future.set(serviceKey(service), after);
    if (!sameFragment(service.fragment, after))
      changes.push(changeStep(workloadAddress(chain.workload), service, after));
  }

  const wanted = digestsOf([...future.values()]);
  const prepares: Step[] = [];
  for (const [digest, size] of wanted) {
    if (held.has(digest)) continue;
    const bytes = modules.get(digest);
    if (bytes === undefined) diagnostics.push(missingModule(digest));
    else if (bytes.length > maxModuleBytes) diagnostics.push(oversizedModule(digest, size));
    else prepares.push(moduleStep('prepare', toModule(change.fleet, digest, bytes)));
  }

  const kept = new Set([...wanted.keys(), ...(change.removeAll ? [] : change.retained)]);
  const cleanups = native.modules
    .filter((module) => !kept.has(module.digest))
    .map((module) => moduleStep('cleanup', module));

  const refused = diagnostics.some((d) => d.severity === 'error');
  return { steps: refused ? [] : [...prepares, ...changes, ...cleanups], diagnostics };
}

/** The chains of a change; when the whole fleet goes, also those that the mesh has and the change does not name. */
function withForgottenChains(change: Change, native: NativeMesh, target: string): readonly Chain[] {
  if (!change.removeAll) return change.chains;
  const named = new Set(change.chains.map((chain) => serviceKey(chain.workload)));
  const forgotten = native.services
    .filter((service) => service.fragment !== null && !named.has(serviceKey(service)))
    .map(({ namespace, name }): Chain => ({
      workload: { target, namespace, kind: 'LocalService', name },
      direction: 'inbound',
      filters: [],
    }));
  return [...change.chains, ...forgotten];
}

function serviceKey(service: { readonly namespace: string; readonly name: string }): string {
  return `${service.namespace}/${service.name}`;
}

function toFragment(fleet: string, chain: Chain): ChainFragment | null {
  if (chain.filters.length === 0) return null;
  const { namespace, name } = chain.workload;
  return {
    kind: 'chain',
    fleet,
    service: { namespace, name },
    direction: 'inbound',
    filters: chain.filters,
  };
}

function toModule(fleet: string, digest: Sha256, bytes: Uint8Array): ModuleFragment {
  return {
    kind: 'module',
    fleet,
    digest,
    size: bytes.length,
    bytes: Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('base64'),
  };
}

function digestsOf(fragments: readonly (ChainFragment | null)[]): ReadonlyMap<Sha256, number> {
  const filters = fragments.flatMap((fragment) => fragment?.filters ?? []);
  return new Map(filters.map((filter) => [filter.moduleDigest, filter.moduleSize]));
}

function changeStep(workload: string, service: NativeService, after: ChainFragment | null): Step {
  const name = serviceKey(service);
  const verb = service.fragment === null ? 'install' : after === null ? 'remove' : 'replace';
  const list = (after ?? service.fragment)?.filters.map((f) => f.name).join(', ') ?? '';
  return {
    id: `chain ${name} inbound`,
    stage: 'change',
    workload,
    summary: `${verb} chain of LocalService ${name} (${list})`,
    precondition: { version: service.version },
    before: fragmentJson(service.fragment),
    after: fragmentJson(after),
    restarts: 0,
  };
}

function moduleStep(stage: 'prepare' | 'cleanup', module: ModuleFragment): Step {
  const verb = stage === 'prepare' ? 'upload' : 'drop';
  return {
    id: `${verb} module ${module.digest}`,
    stage,
    summary: `${verb} module ${module.digest.slice(0, 16)} (${(module.size / 1024).toFixed(1)} KiB)`,
    precondition: null,
    before: stage === 'prepare' ? null : fragmentJson(module),
    after: stage === 'prepare' ? fragmentJson(module) : null,
    restarts: 0,
  };
}

function missingModule(digest: Sha256): Diagnostic {
  return {
    severity: 'error',
    code: 'WC-LOC-025',
    summary: `the module ${digest.slice(0, 16)} is neither at hand nor in the mesh`,
    help: 'build the filter again, or start the mesh with the revision that still holds it',
  };
}

function oversizedModule(digest: Sha256, size: number): Diagnostic {
  return {
    severity: 'error',
    code: 'WC-LOC-026',
    summary: `the module ${digest.slice(0, 16)} has ${size} bytes; an embedded mesh takes ${maxModuleBytes}`,
    help: 'build it for release, without debug information',
  };
}
