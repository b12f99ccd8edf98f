import type { Diagnostic, SourceSpan } from '../diagnostic.ts';
import type { Chain } from '../model/chain.ts';
import type { DesiredFilter, Delivery } from '../model/filter.ts';
import { positions } from '../model/filter.ts';
import { servedAt } from '../model/module-server.ts';
import type { Binding, ImageMirror } from '../model/fleet.ts';
import { selects, workloadAddress } from '../model/workload.ts';
import type { Capabilities, ObservedWorkload } from '../ports/target.ts';
import { shortDigest } from '../digest.ts';
import { mirrored } from './mirrors.ts';
import type { ResolvedFilter } from './resolved-filter.ts';

/** What {@link resolveChains} needs to know of one target. */
export interface ResolveInput {
  readonly target: string;
  readonly capabilities: Capabilities;
  /** All bindings of the manifest, in its order. */
  readonly bindings: readonly Binding[];
  readonly workloads: readonly ObservedWorkload[];
  readonly filters: ReadonlyMap<string, ResolvedFilter>;
  /** Where the proxies of the target find images instead. Default: where the manifest says. */
  readonly mirrors?: readonly ImageMirror[];
  /** Where the proxies of the target find modules by their digests, if there is such a server. */
  readonly moduleServer?: string;
  /** Where a place of the manifest stands in its file. */
  readonly locate: (path: readonly (string | number)[]) => SourceSpan | undefined;
}

interface Entry {
  readonly rank: readonly [position: number, binding: number, index: number];
  readonly binding: Binding;
  readonly filter: DesiredFilter;
}

/**
 * The whole chain of every selected workload and direction: all bindings' filters by position, then binding order, then
 * list order. Bindings that select nothing, that the target cannot serve, or that put a filter twice into one chain are
 * faults, all of which are returned.
 */
export function resolveChains(input: ResolveInput): {
  readonly chains: readonly Chain[];
  readonly diagnostics: readonly Diagnostic[];
} {
  const diagnostics: Diagnostic[] = [];
  const entries = new Map<string, { workload: ObservedWorkload; binding: Binding; list: Entry[] }>();

  // A thousand bindings that each look through a thousand workloads would be what a plan waits for.
  const byNamespace = Map.groupBy(input.workloads, (workload) => workload.id.namespace);
  for (const [index, binding] of input.bindings.entries()) {
    if (binding.target !== input.target) continue;
    const fault = (key: string, code: string, summary: string, help: string): void => {
      const source = input.locate(['bindings', index, key]) ?? input.locate(['bindings', index]);
      diagnostics.push({
        severity: 'error',
        code,
        summary,
        help,
        subject: `binding ${binding.name}`,
        ...(source && { source }),
      });
    };
    if (!input.capabilities.directions.includes(binding.direction)) {
      fault(
        'direction',
        'WC-PLAN-003',
        `target ${input.target} has no ${binding.direction} chains`,
        `it has: ${input.capabilities.directions.join(', ')}`,
      );
      continue;
    }
    if (binding.delivery !== 'auto' && !input.capabilities.deliveries.includes(binding.delivery)) {
      fault(
        'delivery',
        'WC-PLAN-004',
        `target ${input.target} does not take modules by ${binding.delivery}`,
        `leave \`delivery\` out, or use one of: ${input.capabilities.deliveries.join(', ')}`,
      );
      continue;
    }
    const near = byNamespace.get(binding.select.namespace) ?? [];
    const selected = near.filter((w) => selects(binding.select, w.id, w.labels));
    if (selected.length === 0) {
      fault(
        'select',
        'WC-PLAN-001',
        `binding ${binding.name} selects no workload in ${input.target}`,
        `compare it with the workloads of namespace ${binding.select.namespace} and the labels of their pods`,
      );
    }
    const position = positions.indexOf(binding.position);
    for (const workload of selected) {
      const key = `${workloadAddress(workload.id)} ${binding.direction}`;
      const chain = entries.get(key) ?? { workload, binding, list: [] };
      entries.set(key, chain);
      for (const [place, name] of binding.chain.entries()) {
        const filter = input.filters.get(name);
        if (filter === undefined) continue; // a fault of its own, reported where the filter was resolved
        const twin = chain.list.find((entry) => entry.filter.name === name);
        if (twin !== undefined) {
          fault(
            'chain',
            'WC-PLAN-002',
            `filter ${name} would run twice on ${workloadAddress(workload.id)}: by bindings ${twin.binding.name} and ${binding.name}`,
            'take it out of one of them, or narrow its selector',
          );
          continue;
        }
        chain.list.push({
          rank: [position, index, place],
          binding,
          filter: desiredFilter(filter, binding, input),
        });
      }
    }
  }

  const chains = [...entries.values()].map(({ workload, binding, list }) => ({
    workload: workload.id,
    direction: binding.direction,
    filters: list.toSorted((a, b) => compareRanks(a.rank, b.rank)).map((entry) => entry.filter),
  }));
  return { chains, diagnostics };
}

function deliveryFor(filter: ResolvedFilter, binding: Binding, capabilities: Capabilities): Delivery {
  if (binding.delivery !== 'auto') return binding.delivery;
  if (filter.image !== undefined && capabilities.deliveries.includes('image')) return 'image';
  return capabilities.deliveries[0] ?? 'embedded';
}

function desiredFilter(
  filter: ResolvedFilter,
  binding: Binding,
  { capabilities, mirrors = [], moduleServer }: ResolveInput,
): DesiredFilter {
  const { spec, moduleDigest, moduleSize } = filter;
  const delivery = deliveryFor(filter, binding, capabilities);
  const served = delivery === 'http' && moduleServer !== undefined && servedAt(moduleServer, moduleDigest);
  const image =
    filter.image !== undefined && delivery === 'image' ? mirrored(filter.image, mirrors) : filter.image;
  return {
    name: spec.name,
    moduleDigest,
    moduleSize,
    ...(image !== undefined && { image }),
    ...(served !== false && { served }),
    delivery,
    position: binding.position,
    rootId: spec.rootId,
    vmId: `${spec.vm.id ?? spec.name}-${shortDigest(moduleDigest).slice(0, 8)}`,
    allowPrecompiled: spec.vm.allowPrecompiled,
    env: spec.vm.env,
    config: spec.config,
    onFailure: spec.onFailure,
  };
}

function compareRanks(a: Entry['rank'], b: Entry['rank']): number {
  return a[0] - b[0] || a[1] - b[1] || a[2] - b[2];
}
