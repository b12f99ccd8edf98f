import {
  type Chain,
  type Change,
  type Diagnosis,
  type Difference,
  differenceOf,
  type Diagnostic,
  type Finding,
  type InstanceVerdict,
  isLive,
  type Sha256,
  workloadAddress,
} from '@wasmcast/core';
import { compile } from '../compile/compile.ts';
import { readFragment } from '../fragments.ts';
import type { IstioSettings, Native, NativeWorkload } from '../native.ts';
import { revisionOf } from '../native.ts';
import type { Case } from './case.ts';
import { warningsAbout } from './events.ts';
import { explain, fold } from './explain.ts';
import { workloadWarnings } from './hints.ts';
import type { Clues, InstanceClues } from './read-clues.ts';

/** What an examination starts from: all of it was read already. */
export interface Examined {
  readonly fleet: string;
  readonly expected: readonly Chain[];
  readonly native: Native;
  readonly settings: IstioSettings;
  readonly verdicts: readonly InstanceVerdict[];
  readonly clues: Clues;
}

/** The causes of all that is not as expected, and what will bite later. Pure. */
export function diagnose(examined: Examined): Diagnosis {
  const { verdicts, settings, clues, expected, native } = examined;
  const chains = Map.groupBy(expected, ({ workload }) => workloadAddress(workload));
  const compiled = new Map([...chains].map(([address, wanted]) => [address, compileOne(examined, wanted)]));
  const findings: Finding[] = [];
  for (const verdict of verdicts) {
    if (isLive(verdict)) continue;
    const address = workloadAddress(verdict.instance.workload);
    findings.push(...explain(caseOf(examined, verdict, chains.get(address) ?? [], compiled.get(address))));
  }
  const broken = new Set(findings.map(({ subject }) => subject));
  for (const address of chains.keys()) {
    const workload = native.workloads.get(address);
    const differences = broken.has(address) ? [] : (compiled.get(address)?.differences ?? []);
    if (workload === undefined) continue;
    const own = verdicts.filter(({ instance }) => workloadAddress(instance.workload) === address);
    findings.push(...workloadWarnings({ workload, differences, verdicts: own, sources: clues.sources.list }));
  }
  return {
    target: settings.target,
    instances: verdicts.length,
    live: verdicts.filter(isLive).length,
    findings: fold(findings),
    looked: clues.looked,
    unseen: clues.unseen,
  };
}

interface Compiled {
  readonly differences: readonly Difference[];
  readonly refusals: readonly Diagnostic[];
}

/**
 * What it would take to make one workload as expected: by itself, because a workload that is refused refuses a plan as a
 * whole. Nothing is written, so neither the bytes of modules nor the right to write them matter.
 */
function compileOne({ fleet, native, settings }: Examined, wanted: readonly Chain[]): Compiled {
  const digests = wanted.flatMap(({ filters }) => filters.map((filter) => filter.moduleDigest));
  const modules = new Map<Sha256, Uint8Array>(digests.map((digest) => [digest, new Uint8Array()]));
  const change: Change = { fleet, chains: wanted, removeAll: false, retained: digests };
  const able: Native = { ...native, rights: { may: () => true } };
  const { steps, diagnostics } = compile(change, able, settings, modules);
  const concerned = steps.filter(({ stage }) => stage !== 'cleanup');
  return { differences: concerned.map((step) => differenceOf(step)), refusals: diagnostics };
}

function caseOf(
  { fleet, native, clues }: Examined,
  verdict: InstanceVerdict,
  wanted: readonly Chain[],
  compiled: Compiled | undefined,
): Case {
  const { instance, filters, proxyVersion } = verdict;
  const address = workloadAddress(instance.workload);
  const workload = native.workloads.get(address);
  const pod = workload?.pods.find(({ metadata }) => metadata.uid === instance.uid);
  const revision = workload === undefined ? 'default' : revisionOf(workload, native);
  const { log, chains }: InstanceClues = clues.instances.get(instance.uid) ?? {};
  return {
    fleet,
    instance,
    workload,
    pod,
    namespaceLabels: native.namespaces.get(instance.workload.namespace),
    revision,
    version: native.versions.get(revision),
    wanted,
    mounts: mountsOf(fleet, workload),
    verdicts: filters.filter((filter) => filter.verdict !== 'live'),
    proxyVersion,
    differences: compiled?.differences ?? [],
    refusals: compiled?.refusals ?? [],
    log,
    warnings: warningsAbout(clues.events.get(instance.workload.namespace) ?? [], pod, workload),
    remarks: chains?.remarks ?? [],
  };
}

function mountsOf(fleet: string, workload: NativeWorkload | undefined): string | null {
  const fragment = workload === undefined ? undefined : readFragment(fleet, workload.object);
  return fragment === undefined || typeof fragment === 'string' ? null : fragment.label;
}
