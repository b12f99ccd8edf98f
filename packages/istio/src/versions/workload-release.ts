import type { Container } from '../api/objects.ts';
import { type MeshVersion, type Native, type NativeWorkload, revisionOf } from '../native.ts';
import { type Knowledge, knowledgeOf } from './knowledge.ts';
import { oldest, type Release, releaseOfEnvoy, releaseOfImage } from './release.ts';

/** The releases that a workload's filters meet. */
export interface WorkloadRelease {
  readonly revision: string;
  /** Of the istiod that serves it; undefined: unknown. */
  readonly control: Release | undefined;
  /** Of its oldest sidecar: sidecars stay as they are until their pods are replaced. */
  readonly proxy: Release | undefined;
}

/** What decides for one workload: its own control plane, whatever else runs in the cluster, and its own sidecars. */
export function releaseOfWorkload(workload: NativeWorkload, native: Native): WorkloadRelease {
  const revision = revisionOf(workload, native);
  const version = native.versions.get(revision);
  return {
    revision,
    control: version?.istio,
    proxy: oldest([...new Set(workload.pods.map(proxyImage))].map(releaseOfImage)) ?? proxyOf(version),
  };
}

function proxyImage(pod: NativeWorkload['pods'][number]): string | undefined {
  const isProxy = ({ name }: Container): boolean => name === 'istio-proxy';
  return (pod.spec?.containers?.find(isProxy) ?? pod.spec?.initContainers?.find(isProxy))?.image;
}

function proxyOf(version: MeshVersion | undefined): Release | undefined {
  return version?.proxy ?? releaseOfEnvoy(version?.envoy) ?? version?.istio;
}

/** What can be said to it: only what both istiod and the oldest sidecar know. */
export function knowledgeFor({ control, proxy }: WorkloadRelease): Knowledge & { readonly proxy: Knowledge } {
  const [istiod, sidecar] = [knowledgeOf(control), knowledgeOf(proxy)];
  return {
    ...istiod,
    policyField: istiod.policyField === 'fail_open' ? 'fail_open' : sidecar.policyField,
    unfetched: sidecar.unfetched,
    fileName: sidecar.fileName,
    proxy: sidecar,
  };
}
