import { type Chain, type DesiredFilter, type Diagnostic, isFetched, workloadAddress } from '@wasmcast/core';
import type { IstioSettings, Native, NativeWorkload } from '../native.ts';
import { oldestRelease, testedReleases } from '../versions/knowledge.ts';
import { compareReleases, type Release } from '../versions/release.ts';
import { knowledgeFor, releaseOfWorkload, type WorkloadRelease } from '../versions/workload-release.ts';
import { codes, refuse, remark } from './fault.ts';
import { imageKindFor } from './image-kind.ts';

/**
 * What of a chain the workload's own Istio cannot keep. A field that a release does not know is dropped without a word, by
 * the API server or by istiod; so what it would have said is refused here, not lost.
 */
export function versionFaults(
  chain: Chain,
  workload: NativeWorkload,
  native: Native,
  settings: IstioSettings,
): readonly Diagnostic[] {
  const release = releaseOfWorkload(workload, native);
  const subject = workloadAddress(chain.workload);
  const { control } = release;
  if (control !== undefined && compareReleases(control, oldestRelease) < 0) {
    return [
      refuse(
        codes.tooOld,
        subject,
        `${namedRelease(release)}, and wasmcast knows Istio ${oldestRelease} and newer`,
        'bring the workload to a newer revision of Istio',
      ),
    ];
  }
  const images = chain.filters.filter(isFetched);
  return [
    ...(images.length === 0 ? [] : kindFaults(workload, native, settings, release, subject)),
    ...(images.length === 0 ? [] : directionFaults(chain, release, subject)),
    ...images.flatMap((filter) => imageFaults(filter, release, subject)),
    ...chain.filters.flatMap((filter) => policyFaults(filter, release, subject)),
  ];
}

function kindFaults(
  workload: NativeWorkload,
  native: Native,
  settings: IstioSettings,
  release: WorkloadRelease,
  subject: string,
): readonly Diagnostic[] {
  if (imageKindFor(workload, native, settings) !== 'TrafficExtension') return [];
  const isKnown =
    release.control !== undefined && knowledgeFor(release).imageKinds.includes('TrafficExtension');
  if (native.hasTrafficExtension && isKnown) return [];
  const found = release.control === undefined ? 'its version could not be found out' : namedRelease(release);
  return [
    refuse(
      codes.noTrafficExtension,
      subject,
      `TrafficExtension needs Istio 1.30; ${native.hasTrafficExtension ? found : 'the cluster does not have that kind'}`,
      'leave imageResource out: WasmPlugin works with every version',
    ),
  ];
}

/** Before `match` there was no way to say where an image runs. A gateway has one direction only. */
function directionFaults(chain: Chain, release: WorkloadRelease, subject: string): readonly Diagnostic[] {
  const { imageDirections } = knowledgeFor(release);
  if (imageDirections === 'as-matched' || chain.direction === 'gateway') return [];
  if (imageDirections.length === 1 && imageDirections.includes(chain.direction)) return [];
  return [
    refuse(
      codes.directionNotKnown,
      subject,
      `${namedRelease(release)}, which runs the images of a sidecar ${imageDirections.length === 1 ? `${imageDirections[0]} only` : 'in both directions'}, whatever it is asked (from 1.16 it does as asked); these shall run ${chain.direction} only`,
      'use delivery: configmap, which every release puts where it belongs',
    ),
  ];
}

function imageFaults(
  filter: DesiredFilter,
  release: WorkloadRelease,
  subject: string,
): readonly Diagnostic[] {
  const { imageEnv, imagePullSecret } = knowledgeFor(release);
  const faults: Diagnostic[] = [];
  if (!imageEnv && Object.keys(filter.env).length > 0) {
    faults.push(
      refuse(
        codes.envNotKnown,
        subject,
        `filter ${filter.name}: the environment of an image needs Istio 1.14; ${namedRelease(release)}`,
        'use delivery: configmap',
      ),
    );
  }
  if (!imagePullSecret && filter.image?.pullSecret !== undefined) {
    faults.push(
      refuse(
        codes.pullSecretNotKnown,
        subject,
        `filter ${filter.name}: a pull secret needs Istio 1.14; ${namedRelease(release)}, and would pull without it`,
        'use delivery: configmap, or a registry that gives the image to everybody',
      ),
    );
  }
  return faults;
}

function policyFaults(
  filter: DesiredFilter,
  release: WorkloadRelease,
  subject: string,
): readonly Diagnostic[] {
  const known = knowledgeFor(release);
  const isImage = isFetched(filter);
  if (filter.onFailure === 'reload') {
    const needs = isImage && !known.imagePolicies.includes('reload') ? '1.27' : '1.25';
    const isKept = known.policyField === 'failure_policy' && (!isImage || needs === '1.25');
    if (isKept) return [];
    const behind = known.proxy.policyField === 'fail_open' && release.proxy !== release.control;
    return [
      refuse(
        codes.reloadTooNew,
        subject,
        `filter ${filter.name}: onFailure reload needs Istio ${needs}${isImage ? '' : ' (by image: 1.27)'}; ${behind ? `its oldest sidecar is of Istio ${release.proxy}` : namedRelease(release)}, and would be fail-closed`,
        behind
          ? 'restart the workload, so that its sidecars are of its istiod'
          : 'use onFailure: closed or open',
      ),
    ];
  }
  if (filter.onFailure === 'open' && isImage && !known.imagePolicies.includes('open')) {
    return [
      refuse(
        codes.openNotKnown,
        subject,
        `filter ${filter.name}: onFailure open of an image needs Istio 1.19; ${namedRelease(release)}, and would be fail-closed`,
        'use delivery: configmap, or onFailure: closed if that is what it may be',
      ),
    ];
  }
  return [];
}

/** What is to be known of the releases that a plan writes for: which of them no test has run, and what differs there. */
export function releaseRemarks(
  chains: readonly Chain[],
  native: Native,
  target: string,
): readonly Diagnostic[] {
  const remarks = new Map<string, Diagnostic>();
  for (const chain of chains.filter(({ filters }) => filters.length > 0)) {
    const workload = native.workloads.get(workloadAddress(chain.workload));
    if (workload === undefined) continue;
    const release = releaseOfWorkload(workload, native);
    if (release.control === undefined) {
      remarks.set(`unknown ${release.revision}`, unknownRelease(release.revision, target));
      continue;
    }
    for (const [whose, version] of [
      ['istiod', release.control],
      ['sidecars', release.proxy],
    ] as const) {
      if (version === undefined || testedReleases.includes(version)) continue;
      const key = `${whose} ${version}`;
      if (version !== release.control || whose === 'istiod') {
        remarks.set(key, remarks.get(key) ?? untested(whose, version, target));
      }
    }
    const { unfetched } = knowledgeFor(release);
    const images = chain.filters.filter((f) => isFetched(f) && f.onFailure === 'closed');
    if (unfetched === 'refused' && images.length > 0) {
      remarks.set(`unfetched ${release.proxy}`, keepsOld(release.proxy ?? '?', target));
    }
  }
  return [...remarks.values()];
}

function untested(whose: string, release: Release, target: string): Diagnostic {
  const isNewer = testedReleases.every((tested) => compareReleases(release, tested) > 0);
  return remark(
    codes.untested,
    `target ${target}`,
    isNewer
      ? `${whose} of Istio ${release}: newer than what wasmcast is tested with, and taken to be as ${testedReleases.at(-1)}`
      : `${whose} of Istio ${release}: what is written for it is derived from that release's sources, and was not tested with it`,
  );
}

function unknownRelease(revision: string, target: string): Diagnostic {
  return remark(
    codes.unknownRelease,
    `target ${target}`,
    `which Istio serves revision ${revision} could not be found out: it is taken to be as ${testedReleases.at(-1)}`,
    'give the right to get configmaps and deployments in istio-system, or to read a sidecar',
  );
}

function keepsOld(release: Release, target: string): Diagnostic {
  return remark(
    codes.keepsOld,
    `target ${target}`,
    `sidecars of Istio ${release}: an image that cannot be fetched is refused with everything that came with it, and new pods do not get ready; from 1.25 every request would be answered 403 instead`,
  );
}

/** `its istiod is 1.22 (revision prod)`. */
function namedRelease({ control, revision }: WorkloadRelease): string {
  return `its istiod is ${control ?? 'unknown'}${revision === 'default' ? '' : ` (revision ${revision})`}`;
}
