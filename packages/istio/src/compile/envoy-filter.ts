import {
  configurationText,
  type DesiredFilter,
  type Direction,
  type FailurePolicy,
  type JsonObject,
  type WorkloadId,
} from '@wasmcast/core';
import { kinds } from '../api/kinds.ts';
import { effectiveVmId, writeFilterMeta } from '../filter-meta.ts';
import {
  directionAnnotation,
  envoyFilterName,
  filtersAnnotation,
  httpFilterName,
  moduleFile,
  mountsAnnotation,
  mountsLabel,
  ownLabels,
  shortHash,
  workloadAnnotation,
  workloadKey,
} from '../names.ts';
import type { Knowledge } from '../versions/knowledge.ts';
import { type ObjectFragment, objectFragment } from './object.ts';

export const wasmType = 'type.googleapis.com/envoy.extensions.filters.http.wasm.v3.Wasm';
export const stringType = 'type.googleapis.com/google.protobuf.StringValue';

export const failurePolicies: Readonly<Record<FailurePolicy, string>> = {
  closed: 'FAIL_CLOSED',
  open: 'FAIL_OPEN',
  reload: 'FAIL_RELOAD',
};

/** Where a chain's EnvoyFilter goes and which pods it reaches. */
export interface EnvoyFilterInput {
  readonly fleet: string;
  readonly workload: WorkloadId;
  readonly direction: Direction;
  /** Value of the mounts label. */
  readonly mounts: string;
  readonly mountPath: string;
  readonly matchLabels: Readonly<Record<string, string>>;
  /** Those of the chain that are delivered by ConfigMap, in chain order. */
  readonly filters: readonly DesiredFilter[];
  readonly known: Pick<Knowledge, 'policyField'>;
}

/**
 * The one EnvoyFilter that carries the ConfigMap filters of a workload and direction. It selects only pods that have the
 * modules mounted, so it may be there before the first of them is.
 */
export function envoyFilter(input: EnvoyFilterInput): ObjectFragment {
  const { fleet, workload, direction, mounts, filters } = input;
  const first = filters.filter((filter) => filter.position === 'first');
  const last = filters.filter((filter) => filter.position !== 'first');
  const spec: JsonObject = {
    priority: priorityOf(fleet, direction),
    workloadSelector: { labels: { ...input.matchLabels, [mountsLabel(fleet)]: mounts } },
    configPatches: [
      // Each is put before what is already there: the last one written is the first one met.
      ...first.toReversed().map((filter) => patch(input, filter, 'INSERT_FIRST')),
      ...last.map((filter) => patch(input, filter, 'INSERT_BEFORE')),
    ],
  };
  return objectFragment(
    kinds.EnvoyFilter,
    {
      name: envoyFilterName(fleet, workload, direction, mounts),
      namespace: workload.namespace,
      labels: ownLabels(fleet),
      annotations: {
        [workloadAnnotation]: workloadKey(workload),
        [directionAnnotation]: direction,
        [mountsAnnotation]: mounts,
        [filtersAnnotation]: writeFilterMeta(filters),
      },
    },
    spec,
  );
}

/**
 * Istio applies EnvoyFilters of one namespace by priority, lower first, then by age. Never left to age: each fleet and
 * direction has a number of its own, above the default 0 that people's own EnvoyFilters have.
 */
function priorityOf(fleet: string, direction: Direction): number {
  return (
    10 + 2 * (Number.parseInt(shortHash(fleet).slice(0, 6), 16) % 100_000) + (direction === 'inbound' ? 0 : 1)
  );
}

function patch(
  input: EnvoyFilterInput,
  filter: DesiredFilter,
  operation: 'INSERT_FIRST' | 'INSERT_BEFORE',
): JsonObject {
  const router = operation === 'INSERT_BEFORE' ? { subFilter: { name: 'envoy.filters.http.router' } } : {};
  return {
    applyTo: 'HTTP_FILTER',
    match: {
      context: input.direction === 'inbound' ? 'SIDECAR_INBOUND' : 'SIDECAR_OUTBOUND',
      listener: {
        filterChain: { filter: { name: 'envoy.filters.network.http_connection_manager', ...router } },
      },
    },
    patch: {
      operation,
      value: {
        name: httpFilterName(input.fleet, filter.name),
        typed_config: { '@type': wasmType, config: pluginConfig(filter, input) },
      },
    },
  };
}

/** Envoy's PluginConfig of a filter whose module is mounted. */
export function pluginConfig(
  filter: DesiredFilter,
  { mountPath, known }: Pick<EnvoyFilterInput, 'mountPath' | 'known'>,
): JsonObject {
  const configuration = configurationText(filter.config);
  return {
    name: filter.name,
    root_id: filter.rootId,
    vm_config: {
      vm_id: effectiveVmId(filter),
      runtime: 'envoy.wasm.runtime.v8',
      code: { local: { filename: `${mountPath}/${moduleFile(filter.moduleDigest)}` } },
      ...(filter.allowPrecompiled && { allow_precompiled: true }),
      ...(Object.keys(filter.env).length > 0 && {
        environment_variables: { key_values: { ...filter.env } },
      }),
    },
    ...(configuration !== '' && { configuration: { '@type': stringType, value: configuration } }),
    ...(known.policyField === 'failure_policy'
      ? { failure_policy: failurePolicies[filter.onFailure] }
      : filter.onFailure === 'open' && { fail_open: true }),
  };
}
