import type { DesiredFilter, Direction, FailurePolicy, JsonObject, WorkloadId } from '@wasmcast/core';
import { kinds } from '../api/kinds.ts';
import { writeFilterMeta } from '../filter-meta.ts';
import {
  directionAnnotation,
  filtersAnnotation,
  imageFilterName,
  ownLabels,
  workloadAnnotation,
  workloadKey,
} from '../names.ts';
import type { ImageKind, Knowledge } from '../versions/knowledge.ts';
import { type ObjectFragment, objectFragment } from './object.ts';

export const failStrategies: Readonly<Record<FailurePolicy, string>> = {
  closed: 'FAIL_CLOSE',
  open: 'FAIL_OPEN',
  reload: 'FAIL_RELOAD',
};

/** Which kind of object, for whom, and where in the order. */
export interface ImageFilterInput {
  readonly kind: ImageKind;
  /** A field that its Istio does not know would be dropped by the API server, and look like drift. */
  readonly known: Pick<Knowledge, 'imageDirections' | 'imagePolicies'>;
  readonly fleet: string;
  readonly workload: WorkloadId;
  readonly direction: Direction;
  readonly matchLabels: Readonly<Record<string, string>>;
  readonly filter: DesiredFilter;
  /** Higher is met earlier. */
  readonly priority: number;
}

/** The phase of a position; undefined: Istio's own default, at the end of the chain. */
export function phaseOf(filter: Pick<DesiredFilter, 'position'>): 'AUTHN' | 'AUTHZ' | undefined {
  switch (filter.position) {
    case 'first':
    case 'authn':
      return 'AUTHN';
    case 'authz':
      return 'AUTHZ';
    case 'last':
      return undefined;
  }
}

/** The object that carries one filter as an image: it serves one workload, in one direction. */
export function imageFilter(input: ImageFilterInput): ObjectFragment {
  const { filter, fleet, workload, direction, known } = input;
  const { config } = filter;
  const phase = phaseOf(filter);
  const env = Object.entries(filter.env).toSorted(([a], [b]) => (a < b ? -1 : 1));
  const placement: JsonObject = {
    selector: { matchLabels: { ...input.matchLabels } },
    ...(phase !== undefined && { phase }),
    priority: input.priority,
    // Without a mode it would run in both directions.
    ...(known.imageDirections === 'as-matched' && {
      match: [{ mode: direction === 'inbound' ? 'SERVER' : 'CLIENT' }],
    }),
  };
  const wasm: JsonObject = {
    ...placeOf(filter),
    ...(filter.rootId !== '' && { pluginName: filter.rootId }),
    ...(config.kind === 'json' && { pluginConfig: config.value }),
    ...(known.imagePolicies.length > 1 && { failStrategy: failStrategies[filter.onFailure] }),
    ...(env.length > 0 && { vmConfig: { env: env.map(([name, value]) => ({ name, value })) } }),
  };
  return objectFragment(
    kinds[input.kind],
    {
      name: imageFilterName(fleet, workload, direction, filter.name),
      namespace: workload.namespace,
      labels: ownLabels(fleet),
      annotations: {
        [workloadAnnotation]: workloadKey(workload),
        [directionAnnotation]: direction,
        [filtersAnnotation]: writeFilterMeta([filter]),
      },
    },
    input.kind === 'WasmPlugin' ? { ...placement, ...wasm } : { ...placement, wasm },
  );
}

/** Where the agent fetches the module, and what it holds it against. */
function placeOf({ name, image, delivery, served, moduleDigest }: DesiredFilter): JsonObject {
  if (delivery === 'http' && served !== undefined)
    return { url: served, sha256: moduleDigest, imagePullPolicy: 'IfNotPresent' };
  if (image === undefined) throw new TypeError(`filter ${name} has no image`); // refused before
  return {
    url: `oci://${image.reference}`,
    // The agent compares with the digest of the image's manifest, not with that of the module.
    sha256: image.digest,
    imagePullPolicy: 'IfNotPresent',
    ...(image.pullSecret !== undefined && { imagePullSecret: image.pullSecret }),
  };
}

const spacing = 1000;

/**
 * Priorities for filters in chain order, strictly falling. Those that stand are kept where they still fit, so that a
 * filter that comes or goes does not rewrite its neighbours; the fleet's own offset keeps two fleets apart.
 */
export function priorities(
  names: readonly string[],
  standing: ReadonlyMap<string, number>,
  offset: number,
): ReadonlyMap<string, number> {
  const fresh = (): ReadonlyMap<string, number> =>
    new Map(names.map((name, i) => [name, (names.length - i) * spacing + offset]));
  const result = new Map<string, number>();
  for (const [i, name] of names.entries()) {
    const above = i === 0 ? undefined : result.get(names[i - 1] ?? '');
    const below = names.slice(i).find((n) => standing.has(n));
    const floor = below === undefined ? undefined : standing.get(below);
    const own = standing.get(name);
    if (own !== undefined) {
      if (above !== undefined && own >= above) return fresh();
      result.set(name, own);
    } else if (floor === undefined) {
      result.set(name, above === undefined ? names.length * spacing + offset : Math.floor(above / 2));
      if (above !== undefined && Math.floor(above / 2) < 1) return fresh();
    } else if (above === undefined) result.set(name, floor + spacing);
    else {
      const middle = Math.floor((above + floor) / 2);
      if (middle <= floor || middle >= above) return fresh();
      result.set(name, middle);
    }
  }
  return result;
}
