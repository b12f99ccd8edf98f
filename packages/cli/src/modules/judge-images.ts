import { type DesiredFilter, type Diagnostic, WasmcastError } from '@wasmcast/core';
import type { Delivered } from '@wasmcast/engine';
import type { ImageFacts } from '@wasmcast/oci';
import type { Context } from '../context.ts';
import { faultOf } from './fault-of.ts';
import { loginFault } from './login-fault.ts';

/** A remark about the image of a filter. */
export type ImageRemark = Diagnostic & { readonly filter: string };

/** An image that the agents of one version, in one namespace, will be sent to. */
interface Pull {
  readonly filter: DesiredFilter;
  readonly image: NonNullable<DesiredFilter['image']>;
  readonly namespace: string;
  readonly agent: string | undefined;
}

/**
 * What the proxies of a target would make of the images that they shall get: judged by the rules of the very version of
 * Istio that each workload has, at the mirror that it pulls from, with the pull secret of its namespace. `found` is what
 * was found where the manifest says, by the name of the filter.
 */
export async function judgeImages(
  place: Delivered,
  found: ReadonlyMap<string, ImageFacts>,
  context: Context,
  signal: AbortSignal,
): Promise<readonly ImageRemark[]> {
  const pulls = pullsOf(place);
  if (pulls.length === 0) return [];
  const { agentDiagnostics, formatReference, parseIstioVersion, parseReference } =
    await import('@wasmcast/oci');
  const facts = new Map<string, Promise<ImageFacts | Diagnostic>>();
  const remarks: ImageRemark[] = [];
  for (const { filter, image, agent } of pulls) {
    const known = found.get(filter.name);
    if (known === undefined) continue; // refused when it was loaded
    const isHere = formatReference(known.reference) === image.reference;
    const asked =
      facts.get(image.reference) ??
      (isHere ? Promise.resolve(known) : atMirror(image.reference, context, signal));
    facts.set(image.reference, asked);
    const answer = await asked;
    if ('severity' in answer) {
      remarks.push({ ...answer, filter: filter.name });
      continue;
    }
    const istio = agent === undefined ? undefined : parseIstioVersion(agent);
    const { pullSecret } = image;
    const judged = agentDiagnostics(answer, {
      onFailure: filter.onFailure,
      ...(istio !== undefined && { istio }),
      ...(pullSecret !== undefined && { pullSecret }),
    });
    remarks.push(...judged.map((each) => ({ ...each, filter: filter.name })));
  }
  const secrets = pulls.flatMap(({ filter, image, namespace }) => {
    const { pullSecret } = image;
    return pullSecret === undefined
      ? []
      : [{ filter: filter.name, image: parseReference(image.reference), namespace, pullSecret }];
  });
  for (const login of onceEach(
    secrets,
    (s) => `${s.namespace} ${s.pullSecret} ${formatReference(s.image)}`,
  )) {
    const fault = await loginFault(login, place.target, context, signal);
    if (fault !== undefined) remarks.push({ ...fault, filter: login.filter });
  }
  return onceEach(remarks, (remark) => JSON.stringify(remark));
}

/** The distinct pulls of the chains. */
function pullsOf({ observed, chains }: Delivered): readonly Pull[] {
  const agents = new Map(observed.workloads.map((w) => [JSON.stringify(w.id), w.agent]));
  const pulls = chains.flatMap(({ workload, filters }) =>
    filters.flatMap((filter): readonly Pull[] => {
      const { image, delivery } = filter;
      if (image === undefined || delivery !== 'image') return [];
      return [{ filter, image, namespace: workload.namespace, agent: agents.get(JSON.stringify(workload)) }];
    }),
  );
  return onceEach(pulls, ({ filter, image, namespace, agent }) =>
    [filter.name, image.reference, image.pullSecret, namespace, agent].join(' '),
  );
}

/** What a mirror has in the place of an image. That it cannot be reached from here says nothing of the cluster. */
async function atMirror(
  reference: string,
  context: Context,
  signal: AbortSignal,
): Promise<ImageFacts | Diagnostic> {
  const { isOciError, readImage } = await import('@wasmcast/oci');
  const { registryOptions } = await import('./registry-options.ts');
  try {
    // Past the cache: it is the mirror that must have the layer.
    const { blobCache: _, ...options } = registryOptions(context);
    return (await readImage(reference, { ...options, signal })).facts;
  } catch (error) {
    const fault = faultOf(error);
    if (isOciError(error, 'notFound')) {
      const summary = `the mirror does not have ${reference}`;
      const help = 'bring it there: wasmcast copy REF MIRROR --referrers';
      return { ...fault, code: 'WC-AGT-009', summary, help };
    }
    if (error instanceof WasmcastError && (error.exit === 'unreachable' || error.exit === 'notPermitted')) {
      const summary = `the mirror could not be looked at from here: ${fault.summary}`;
      return { ...fault, severity: 'warning', code: 'WC-AGT-010', summary };
    }
    return fault;
  }
}

function onceEach<T>(items: readonly T[], key: (item: T) => string): readonly T[] {
  return [...new Map(items.map((item) => [key(item), item])).values()];
}
