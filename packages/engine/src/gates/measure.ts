import {
  type GateSpec,
  type InstanceStats,
  type Target,
  type WorkloadId,
  workloadAddress,
} from '@wasmcast/core';
import type { Ask, Reply } from './ask.ts';
import type { Measurement } from './measurement.ts';
import { judgeQuery, queryUrl } from './prometheus.ts';
import { judgeStats, type Snapshot, snapshotKey, withFirst } from './stats.ts';

/** What a gate guards: a wave that is live, before the next one begins. */
export interface GateScope {
  readonly fleet: string;
  readonly target: Pick<Target, 'name' | 'measure'>;
  /** Number of the wave, from 1, and of how many. */
  readonly wave: number;
  readonly waves: number;
  readonly workloads: readonly WorkloadId[];
}

/** Measures a gate once, again and again. */
export type Measure = (signal: AbortSignal) => Promise<Measurement>;

/** How a gate is measured. Counters are judged from the first reading on, which therefore decides nothing. */
export function gateMeasure({ check }: GateSpec, scope: GateScope, ask: Ask): Measure {
  switch (check.kind) {
    case 'stats': {
      let before: Snapshot | undefined;
      return async (signal) => {
        const now = await snapshot(scope, signal);
        if (before !== undefined) {
          const found = judgeStats(check, before, now);
          before = withFirst(before, now);
          return found;
        }
        before = now;
        return { outcome: 'inconclusive', says: 'counting from here' };
      };
    }
    case 'prometheus':
      return async (signal) => judgeQuery(check, await ask({ method: 'GET', url: queryUrl(check) }, signal));
    case 'http':
      return async (signal) => {
        const { status } = await ask({ method: 'GET', url: check.url }, signal);
        return {
          outcome: status === check.status ? 'pass' : 'fail',
          says: `${check.url} answered ${status}`,
        };
      };
    case 'webhook':
      return async (signal) =>
        judgeWebhook(await ask({ method: 'POST', url: check.url, body: waveAsJson(scope) }, signal));
  }
}

async function snapshot({ target, workloads }: GateScope, signal: AbortSignal): Promise<Snapshot> {
  const all = new Map<string, InstanceStats>();
  for await (const stats of target.measure(workloads, signal)) all.set(snapshotKey(stats), stats);
  return all;
}

function waveAsJson({ fleet, target, wave, waves, workloads }: GateScope): string {
  return JSON.stringify({
    fleet,
    target: target.name,
    wave,
    waves,
    workloads: workloads.map(workloadAddress),
  });
}

function judgeWebhook({ status, body }: Reply): Measurement {
  const line = body.trim().split('\n')[0]?.slice(0, 200) ?? '';
  const says = line === '' ? `answered ${status}` : `answered ${status}: ${line}`;
  if (status === 200) return { outcome: 'pass', says };
  if (status === 202) return { outcome: 'inconclusive', says };
  if (status >= 400 && status < 500) return { outcome: 'fail', says };
  return { outcome: 'error', says };
}
