import type {
  Chain,
  ChainRemark,
  Diagnostic,
  Difference,
  FilterVerdict,
  Finding,
  InstanceId,
} from '@wasmcast/core';
import { workloadKinds } from '../api/kinds.ts';
import type { PodObject } from '../api/objects.ts';
import type { MeshVersion, NativeWorkload } from '../native.ts';
import type { Warning } from './events.ts';
import type { ProxyLog } from './proxy-log.ts';

/** One instance that does not show what it should, with all that was found out about it: what rules look at. */
export interface Case {
  readonly fleet: string;
  readonly instance: InstanceId;
  /** Undefined: the workload is gone. */
  readonly workload: NativeWorkload | undefined;
  /** Undefined for pods that are still to come. */
  readonly pod: PodObject | undefined;
  /** Labels of its namespace; undefined: they may not be read. */
  readonly namespaceLabels: Readonly<Record<string, string>> | undefined;
  /** The revision of Istio that would inject a new pod, and what stands behind it. */
  readonly revision: string;
  readonly version: MeshVersion | undefined;
  readonly wanted: readonly Chain[];
  /** Value that the mounts label of the workload's template has now; null: none. */
  readonly mounts: string | null;
  /** Those that are not live. */
  readonly verdicts: readonly FilterVerdict[];
  readonly proxyVersion: string | undefined;
  /** What differs between the cluster's objects and what is wanted. */
  readonly differences: readonly Difference[];
  /** Why the wanted state could not even be planned. */
  readonly refusals: readonly Diagnostic[];
  /** Undefined: the log was not read, or may not be. */
  readonly log: ProxyLog | undefined;
  /** Warnings about the pod, and about whoever makes the workload's pods. */
  readonly warnings: readonly Warning[];
  /** What is odd about the chains; only from a proxy that answered. */
  readonly remarks: readonly ChainRemark[];
}

/** What a rule found. */
export interface Found extends Pick<Finding, 'cause' | 'next' | 'evidence'> {
  /** The verdicts that it explains. */
  readonly explains: readonly FilterVerdict[];
}

/** One row of the table from symptoms to causes. */
export interface Rule {
  /** Stable, `WC-DOC-` + number. */
  readonly code: string;
  /** The cause, if the case is one of this rule's. Pure. */
  find(found: Case): Found | undefined;
}

/** True if our part of a pod template differs, and no object of ours. */
export function isTemplate({ object }: Difference): boolean {
  return workloadKinds.some((kind) => object.startsWith(`${kind} `));
}

/** The verdicts of these kinds. */
export function having(found: Case, ...kinds: readonly FilterVerdict['verdict'][]): readonly FilterVerdict[] {
  return found.verdicts.filter(({ verdict }) => kinds.includes(verdict));
}

/** `namespace/name` of the pod. */
export function podName({ instance }: Case): string {
  return `${instance.workload.namespace}/${instance.name}`;
}

/** `deployment/frontpage-v1 -n foo`, as kubectl takes it. */
export function kubectlName({ instance: { workload } }: Case): string {
  return `${workload.kind.toLowerCase()}/${workload.name} -n ${workload.namespace}`;
}
