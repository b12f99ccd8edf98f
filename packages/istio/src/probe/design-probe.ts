import type { Chain, Change, JsonObject, JsonValue, ProbeDesign } from '@wasmcast/core';
import { workloadAddress } from '@wasmcast/core';
import { type Kind, kinds } from '../api/kinds.ts';
import { proxyRole } from '../compile/workload-faults.ts';
import type { ObjectFragment } from '../compile/object.ts';
import { wantedWorkload } from '../compile/wanted.ts';
import { readFilterMeta } from '../filter-meta.ts';
import {
  directionAnnotation,
  filtersAnnotation,
  imageFilterName,
  managedBy,
  managedByLabel,
  probeHash,
  probeId,
  probeLabel,
} from '../names.ts';
import type { IstioSettings, Native, NativeWorkload } from '../native.ts';
import { probePod } from './probe-pod.ts';

/** What a probe is made of, as it is created. */
export interface ProbeObjects {
  readonly pod: JsonObject & { readonly metadata: { readonly name: string; readonly namespace: string } };
  /** EnvoyFilters, WasmPlugins or TrafficExtensions that select this pod alone. */
  readonly filters: readonly ObjectFragment[];
}

/** What injectors leave on a template into which a sidecar was written by hand. */
const injectedByHand = 'sidecar.istio.io/status';

/** The probe that stands for the workload of these chains, or why there can be none. Pure. */
export function designProbe(
  chains: readonly Chain[],
  change: Change,
  native: Native,
  settings: IstioSettings,
): ProbeDesign {
  const id = chains[0]?.workload;
  const workload = id && native.workloads.get(workloadAddress(id));
  const wanted = workload && wantedWorkload(chains, change, native, settings).wanted;
  if (wanted === undefined) return { kind: 'none', why: 'the workload is not there' };
  const filters = [...wanted.envoyFilters, ...wanted.imageFilters].map((object) =>
    forProbe(change.fleet, wanted.workload, object),
  );
  const why = obstacle(wanted.workload, filters, native);
  if (why !== undefined) return { kind: 'none', why };
  const pod = probePod(change.fleet, wanted.workload, wanted.template);
  const { namespace, name } = probeId(change.fleet, wanted.workload.id);
  return {
    kind: 'probe',
    summary: `Pod ${namespace}/${name}`,
    native: { pod, filters: filters as unknown as JsonValue },
  };
}

function obstacle(
  workload: NativeWorkload,
  filters: readonly ObjectFragment[],
  native: Native,
): string | undefined {
  const { name, namespace } = workload.id;
  if (proxyRole(workload) !== 'sidecar') {
    return `${name} is a gateway, whose listeners come from Gateways that select its own labels`;
  }
  if (workload.object.spec?.template?.metadata?.annotations?.[injectedByHand] !== undefined) {
    return `the sidecar of ${name} was injected by hand, so Istio would not make another one`;
  }
  const needed = new Set<Kind>([
    kinds.Pod,
    ...filters.map((object) => kinds[object.kind as keyof typeof kinds]),
  ]);
  for (const kind of needed) {
    const verb = ['create', 'delete'].find((each) => !native.rights.may(each, kind, namespace));
    if (verb !== undefined)
      return `the right to ${verb} ${kind.resource} in namespace ${namespace} is missing`;
  }
  return undefined;
}

/** The same filters for the probe alone: no label of the workload's selects them, and none of the fleet's objects is touched. */
function forProbe(fleet: string, { id }: NativeWorkload, object: ObjectFragment): ObjectFragment {
  const own = probeId(fleet, id);
  const labels = { [probeLabel]: probeHash(fleet, id) };
  const { annotations } = object.metadata;
  const direction = annotations[directionAnnotation] === 'outbound' ? 'outbound' : 'inbound';
  const [filter] = readFilterMeta(annotations[filtersAnnotation]);
  const isEnvoyFilter = object.kind === kinds.EnvoyFilter.kind;
  const name = isEnvoyFilter
    ? `${own.name}-${direction}`
    : imageFilterName(fleet, own, direction, filter?.name ?? '');
  return {
    ...object,
    metadata: {
      name,
      namespace: own.namespace,
      labels: { [managedByLabel]: managedBy, ...labels },
      annotations: {},
    },
    spec: {
      ...object.spec,
      ...(isEnvoyFilter ? { workloadSelector: { labels } } : { selector: { matchLabels: labels } }),
    },
  };
}
