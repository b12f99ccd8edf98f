import { debianPackages, ensurePackages } from './packages.ts';
import { envoyRecipe } from './envoy.ts';
import { goRecipe } from './go.ts';
import { debianLayer, pauseLayer, proxyLayer } from './images.ts';
import { ensureArtefact } from './store.ts';
import type { BuildContext } from './store.ts';

/** The folders of everything that a cluster is made of. */
export interface ClusterComponents {
  readonly kubernetes: string;
  readonly etcd: string;
  readonly containerd: string;
  readonly istio: string;
  readonly pauseLayer: string;
  readonly debianLayer: string;
  readonly proxyLayer: string;
}

/**
 * Builds what is missing of a cluster. The two big compilations run side by side, so that one's linking (a single core)
 * meets the other's compiling; downloads and packing fill the gaps.
 */
export async function ensureClusterComponents(context: BuildContext): Promise<ClusterComponents> {
  await ensurePackages(Object.values(debianPackages), context);
  const stop = new AbortController();
  const signal = context.signal ? AbortSignal.any([context.signal, stop.signal]) : stop.signal;
  const shared: BuildContext = { ...context, signal };
  const lanes = [kubernetesLane(shared), istioLane(shared), debianLane(shared)] as const;
  try {
    const [kubernetes, istio, debian] = await Promise.all(lanes);
    return { ...kubernetes, ...istio, ...debian };
  } catch (error) {
    // One that fails takes the others with it, and none may go on building behind the caller's back.
    stop.abort(error);
    await Promise.allSettled(lanes);
    throw error;
  }
}

async function kubernetesLane(context: BuildContext) {
  const kubernetes = await ensureArtefact(await goRecipe('kubernetes'), context);
  const etcd = await ensureArtefact(await goRecipe('etcd'), context);
  return { kubernetes, etcd };
}

async function istioLane(context: BuildContext) {
  const istio = await ensureArtefact(await goRecipe('istio'), context);
  const containerd = await ensureArtefact(await goRecipe('containerd'), context);
  const pause = await ensureArtefact(pauseLayer, context);
  return {
    istio,
    containerd,
    pauseLayer: pause,
    proxyLayer: await ensureArtefact(await proxyLayer(), context),
  };
}

async function debianLane(context: BuildContext) {
  await ensureArtefact(envoyRecipe, context);
  return { debianLayer: await ensureArtefact(debianLayer, context) };
}
