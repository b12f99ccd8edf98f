import { createHash } from 'node:crypto';
import type { Chain, DesiredFilter, FailurePolicy, FilterVerdict, Sha256 } from '@wasmcast/core';
import { configMapName, moduleFile, moduleKey, volumeName } from '../../src/names.ts';
import { judgeCrashes, readTraps } from '../../src/verify/crashes.ts';
import { readListeners } from '../../src/verify/dump.ts';
import { judge } from '../../src/verify/judge.ts';
import { usesOf } from '../../src/verify/module-uses.ts';
import { readServerInfo } from '../../src/verify/server-info.ts';
import { judgeStall, readStall } from '../../src/verify/stall.ts';
import type { Failure } from './kinds.ts';

export const fleet = 'truth';
const workload = { target: 'mesh', namespace: 'truth', kind: 'Deployment', name: 'truth' } as const;

/** The filter of a cell, as a fleet would want it. */
export function desired(failure: Failure, onFailure: FailurePolicy): DesiredFilter {
  const bytes = failure.by === 'fetch' ? failure.wanted : failure.module;
  const moduleDigest = createHash('sha256').update(bytes).digest('hex') as Sha256;
  return {
    name: 'filter',
    moduleDigest,
    moduleSize: bytes.length,
    delivery: 'configmap',
    position: 'last',
    rootId: '',
    vmId: `filter-${moduleDigest.slice(0, 16)}`,
    allowPrecompiled: false,
    env: {},
    config: { kind: 'none' },
    onFailure,
  };
}

/** The file of a filter's module, in the folder that stands for a pod's mount. */
export { moduleFile };

/** The pages and the log that the product reads of a sidecar. */
export interface Pages {
  readonly listeners: string;
  readonly stats: string;
  readonly server: string;
  readonly log: string;
}

/** What the product says of a proxy by these; `folder` stands for the mount of a pod. */
export function verdictOf(filter: DesiredFilter, folder: string, pages: Pages): FilterVerdict {
  const digest = filter.moduleDigest;
  const chains: readonly Chain[] = [{ workload, direction: 'inbound', filters: [filter] }];
  const item = { key: moduleKey, path: moduleFile(digest) };
  const reading = {
    fleet,
    workload,
    listeners: readListeners(pages.listeners),
    ecds: new Map(),
    falseModules: new Map(),
    // The pod that would have this folder mounted.
    mounts: {
      containers: [{ name: 'istio-proxy', volumeMounts: [{ name: volumeName(fleet), mountPath: folder }] }],
      volumes: [
        {
          name: volumeName(fleet),
          projected: { sources: [{ configMap: { name: configMapName(fleet, digest), items: [item] } }] },
        },
      ],
    },
  };
  const uses = usesOf(reading, chains);
  const judged = judgeCrashes(judge(reading, chains), uses, false, readTraps(pages.log));
  const stall = readStall(pages.stats, readServerInfo(pages.server).uptime);
  const [verdict] = judgeStall(judged, stall);
  if (verdict === undefined) throw new Error('there is one filter');
  return verdict;
}
