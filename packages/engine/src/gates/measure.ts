import {
  type GateCheck,
  type GateSpec,
  redactedUrl,
  type StatsCheck,
  type WorkloadId,
  workloadAddress,
} from '@wasmcast/core';
import type { Ask, Question, Reply } from './ask.ts';
import type { Baseline } from './baseline.ts';
import { judgeStats } from './judge-stats.ts';
import type { Measurement } from './measurement.ts';
import { judgeQuery, queryUrl } from './prometheus.ts';
import { StatsHistory } from './stats-history.ts';
import type { WaveStats } from './wave-stats.ts';

/** What a gate guards: a wave that is live, before the next one begins. */
export interface GateScope {
  readonly fleet: string;
  readonly target: string;
  /** Number of the wave, from 1, and of how many. */
  readonly wave: number;
  readonly waves: number;
  readonly workloads: readonly WorkloadId[];
  /** The counters of the wave, shared by its gates; and what they were before it. */
  readonly stats: WaveStats;
  readonly baseline: Baseline | undefined;
  /** Instances that the wave had when it was planned. */
  readonly instances: number;
  /** Milliseconds that an instance has to become ready. */
  readonly timeoutMs: number;
}

/** Measures a gate once, again and again. */
export type Measure = (signal: AbortSignal) => Promise<Measurement>;

/** How a gate is measured. */
export function gateMeasure({ check, intervalMs }: GateSpec, scope: GateScope, ask: Ask): Measure {
  switch (check.kind) {
    case 'stats':
      return statsMeasure(check, scope, intervalMs);
    case 'prometheus':
      return async (signal) =>
        judgeQuery(check, await asked(check, { method: 'GET', url: queryUrl(check) }, ask, signal));
    case 'http':
      return async (signal) => {
        const { status } = await asked(check, { method: 'GET', url: check.url }, ask, signal);
        return {
          outcome: status === check.status ? 'pass' : 'fail',
          says: `${redactedUrl(check.url)} answered ${status}`,
        };
      };
    case 'webhook':
      return async (signal) =>
        judgeWebhook(
          await asked(check, { method: 'POST', url: check.url, body: waveAsJson(scope) }, ask, signal),
        );
  }
}

/** Milliseconds for which a gate may be too early: until an instance is ready, has warmed up, and has been read thrice. */
export function tooEarlyMs(
  { check, intervalMs }: GateSpec,
  { timeoutMs }: Pick<GateScope, 'timeoutMs'>,
): number {
  return timeoutMs + (check.kind === 'stats' ? check.warmUpMs : 0) + 3 * intervalMs;
}

/** The first reading is what the requests of the next are counted from; by itself it can only find what is wrong. */
function statsMeasure(check: StatsCheck, scope: GateScope, intervalMs: number): Measure {
  const { stats, baseline, timeoutMs, instances } = scope;
  const history = new StatsHistory(baseline, check.warmUpMs);
  const workloads = new Set(scope.workloads.map(workloadAddress));
  let isFirst = true;
  return async (signal) => {
    const reading = await stats.read(signal);
    const found = judgeStats(check, history.take(reading), { baseline, workloads, readyWithinMs: timeoutMs });
    if (isFirst && found.outcome !== 'fail') {
      isFirst = false;
      const says = `nothing is wrong so far; what happens from now on is judged in ${intervalMs / 1000} s`;
      return { outcome: 'inconclusive', says, early: true };
    }
    isFirst = false;
    if (reading.stats.size === 0 && instances > 0)
      return { outcome: 'inconclusive', says: `none of ${instances} instances is there`, early: true };
    if (found.outcome !== 'inconclusive') history.beginWindow(reading);
    return found;
  };
}

/** Asks; what goes wrong is told without the secrets that a URL may have in it. */
async function asked(
  { url }: Exclude<GateCheck, { kind: 'stats' }>,
  question: Question,
  ask: Ask,
  signal: AbortSignal,
): Promise<Reply> {
  try {
    return await ask(question, signal);
  } catch (error) {
    signal.throwIfAborted();
    throw new Error(`${redactedUrl(url)}: ${reasonOf(error, [question.url, url])}`, { cause: error });
  }
}

/** The error's own words and those of its cause: `fetch failed: connect ECONNREFUSED`. */
function reasonOf(error: unknown, urls: readonly string[]): string {
  const messages = [error, error instanceof Error ? error.cause : undefined].flatMap((e) =>
    e instanceof Error && e.message !== '' ? [e.message] : [],
  );
  const text = messages.length === 0 ? String(error) : messages.join(': ');
  return urls.reduce((sofar, url) => sofar.replaceAll(url, redactedUrl(url)), text);
}

function waveAsJson({ fleet, target, wave, waves, workloads }: GateScope): string {
  return JSON.stringify({
    fleet,
    target,
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
