import type { FilterConfig } from '../model/filter.ts';
import type { Binding, FilterSpec, Fleet, ModuleRef, SignatureRule, TargetSpec } from '../model/fleet.ts';
import type { BindingEntry } from './schema/binding-schema.ts';
import type { FilterEntry } from './schema/filter-schema.ts';
import { fleetSchema } from './schema/fleet-schema.ts';
import type { SignatureEntry } from './schema/signature-schema.ts';
import type { TargetEntry } from './schema/target-schema.ts';
import { inRings } from './in-rings.ts';
import { toRollout } from './to-rollout.ts';
import { at, type Located } from './yaml/located.ts';

/** The fleet of a merged manifest in which nothing is wrong. */
export function toFleet(root: Located): Fleet {
  const document = fleetSchema.parse(root.value);
  const fileOf = (list: string, index: number): string => (at(root, list, index) ?? root).source.file;
  const rollout = toRollout(document.rollout);
  const targets = document.targets.map((entry, i) => toTarget(entry, fileOf('targets', i)));
  return {
    name: document.metadata.name,
    filters: document.filters.map((entry, i) => toFilter(entry, fileOf('filters', i))),
    targets: inRings(targets, rollout.waves),
    bindings: document.bindings.map(toBinding),
    rollout,
    ...(document.drift !== undefined && { drift: document.drift }),
    ...(document.signatures !== undefined && {
      signatures: document.signatures.map((entry, i) => toSignatureRule(entry, fileOf('signatures', i))),
    }),
  };
}

function toFilter(entry: FilterEntry, declaredIn: string): FilterSpec {
  const { name, module, rootId, vm, config, onFailure, drift } = entry;
  return {
    name,
    module: toModule(module),
    rootId,
    vm: { id: vm.id, allowPrecompiled: vm.allowPrecompiled, env: vm.env },
    config: toConfig(config),
    onFailure,
    ...(drift !== undefined && { drift }),
    declaredIn,
  };
}

function toModule(module: FilterEntry['module']): ModuleRef {
  if (module.file !== undefined) return { kind: 'file', path: module.file };
  if (module.source !== undefined) return { kind: 'source', path: module.source };
  const { image: reference, pullSecret } = module;
  if (reference === undefined) throw new TypeError('a module without a place passed the checks');
  return { kind: 'image', reference, ...(pullSecret === undefined ? {} : { pullSecret }) };
}

function toConfig(config: FilterEntry['config']): FilterConfig {
  if (config === undefined) return { kind: 'none' };
  return typeof config === 'string' ? { kind: 'text', text: config } : { kind: 'json', value: config };
}

function toTarget(entry: TargetEntry, declaredIn: string): TargetSpec {
  const { name, local, istio } = entry;
  if (local !== undefined) {
    const services = local.services.map((service) => ({ ...service, upstream: service.upstream }));
    return { kind: 'local', name, services, declaredIn };
  }
  if (istio === undefined) throw new TypeError('a target without a kind passed the checks');
  const { context, stateNamespace, imageResource, mirrors, moduleServer } = istio;
  return {
    kind: 'istio',
    name,
    context,
    stateNamespace,
    imageResource,
    ...(mirrors !== undefined && { mirrors }),
    ...(moduleServer !== undefined && { moduleServer }),
    declaredIn,
  };
}

function toSignatureRule(entry: SignatureEntry, declaredIn: string): SignatureRule {
  const { repository, keys = [], keyless, attestations = [], unsigned = false } = entry;
  return { repository, keys, ...(keyless && { keyless }), attestations, unsigned, declaredIn };
}

function toBinding(entry: BindingEntry): Binding {
  const { namespace, kind, name, labels, rootNamespace } = entry.select;
  return {
    name: entry.name,
    target: entry.target,
    select: {
      namespace,
      labels,
      ...(kind === undefined ? {} : { kind }),
      ...(name === undefined ? {} : { name }),
      ...(rootNamespace === undefined ? {} : { rootNamespace }),
    },
    direction: entry.direction,
    position: entry.position,
    delivery: entry.delivery,
    chain: entry.chain,
  };
}
