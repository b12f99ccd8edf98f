import {
  type Difference,
  differenceText,
  type Finding,
  type InstanceVerdict,
  isLive,
  workloadAddress,
} from '@wasmcast/core';
import { remarksOn } from '../effective/remarks.ts';
import { selectsProxy } from '../effective/selects.ts';
import type { Source } from '../effective/sources.ts';
import type { NativeWorkload } from '../native.ts';
import { wantedPods } from '../observe/pods.ts';

/** A workload as it is seen when its instances are well: what will bite later. */
export interface WorkloadView {
  readonly workload: NativeWorkload;
  readonly differences: readonly Difference[];
  readonly verdicts: readonly InstanceVerdict[];
  readonly sources: readonly Source[];
}

type Hint = Pick<Finding, 'code' | 'cause' | 'next' | 'evidence'> & {
  readonly instances?: readonly string[];
};

/** What nobody feels yet: drift under live instances, an order that is left to chance, sidecars of several ages. Pure. */
export function workloadWarnings(view: WorkloadView): readonly Finding[] {
  const subject = workloadAddress(view.workload.id);
  return [...drift(view), ...ties(view), ...nothingRuns(view), ...oldSidecars(view)].map((hint) => ({
    severity: 'warning',
    subject,
    instances: [],
    filters: [],
    symptoms: [],
    ...hint,
  }));
}

/** Its proxies still have what was there before, but the next pod, or the next push, will not. */
function drift({ differences }: WorkloadView): readonly Hint[] {
  return differences.map((difference) => ({
    code: 'WC-DOC-070',
    cause: `${differenceText(difference)}, while its instances still are live`,
    next: ['wasmcast plan shows what would be repaired; wasmcast apply repairs it'],
    evidence: [`the API server's ${difference.object}`],
  }));
}

function ties({ workload, sources }: WorkloadView): readonly Hint[] {
  const labels = workload.object.spec?.template?.metadata?.labels ?? {};
  const proxy = { namespace: workload.id.namespace, labels };
  const selecting = sources.filter((source) => selectsProxy(source, proxy));
  return remarksOn([], selecting)
    .filter(({ kind }) => kind === 'tie')
    .map(({ text }) => ({
      code: 'WC-DOC-071',
      cause: `the order of two filters is left to chance: ${text}`,
      next: ['give one of them another priority'],
      evidence: ['the priorities of the objects that select the workload'],
    }));
}

function nothingRuns({ workload: { id, object }, verdicts }: WorkloadView): readonly Hint[] {
  if (verdicts.length > 0 || wantedPods(id.kind, object) > 0) return [];
  return [
    {
      code: 'WC-DOC-072',
      cause: `${id.name} is scaled to zero: nothing can be seen live there`,
      next: [
        `kubectl scale ${id.kind.toLowerCase()}/${id.name} -n ${id.namespace} --replicas=1, then wasmcast verify`,
      ],
      evidence: ['spec.replicas: 0'],
    },
  ];
}

/** Proxies that are older than their neighbours have not been restarted since Istio was updated. */
function oldSidecars({ verdicts, workload: { id } }: WorkloadView): readonly Hint[] {
  const live = verdicts.filter(isLive);
  const versions = [...new Set(live.flatMap(({ proxyVersion }) => proxyVersion ?? []))].toSorted((a, b) =>
    a.localeCompare(b, 'en', { numeric: true }),
  );
  const newest = versions.at(-1);
  if (newest === undefined || versions.length < 2) return [];
  const old = live.filter(({ proxyVersion }) => proxyVersion !== undefined && proxyVersion !== newest);
  return [
    {
      code: 'WC-DOC-073',
      cause: `some of its sidecars are older (Envoy ${versions.slice(0, -1).join(', ')}) than others (${newest})`,
      next: [`kubectl rollout restart ${id.kind.toLowerCase()}/${id.name} -n ${id.namespace}`],
      evidence: old.map(({ instance, proxyVersion }) => `${instance.name}: Envoy ${proxyVersion}`),
      instances: old.map(({ instance }) => instance.name),
    },
  ];
}
