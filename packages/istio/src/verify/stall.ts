import type { FilterVerdict } from '@wasmcast/core';

/** The page that tells whether a worker of the proxy stands still. Istio keeps these statistics by default. */
export const stallPage = '/stats?filter=^server\\.(uptime|worker_\\d%2B\\.watchdog_mega_miss)$';

const late = /^server\.(worker_\d+)\.watchdog_mega_miss: [1-9]\d*$/m;

/**
 * Envoy brings `server.uptime` up to date when it flushes its statistics, as a rule every 5 s, and a flush waits for all
 * workers. A gauge this far behind, in seconds, waits for one that does not come.
 */
const behind = 15;

/** True if a worker was late once: then it is worth to ask how long the proxy is really up. */
export function wasLate(stats: string): boolean {
  return late.test(stats);
}

/**
 * Since when a worker stands still, as words; undefined when none does. A filter that loops for good holds its worker: the
 * requests there are never answered, while the proxy's admin interface, its readiness and its log say that all is well.
 * The watchdog's counter alone stays up when a thread was only late once.
 */
export function readStall(stats: string, uptime: number | undefined): string | undefined {
  const told = Number(/^server\.uptime: (\d+)$/m.exec(stats)?.[1] ?? Number.NaN);
  const workers = [...stats.matchAll(new RegExp(late, 'gm'))];
  if (workers.length === 0 || uptime === undefined || !(uptime - told > behind)) return undefined;
  const names = workers.map(([, name]) => name).join(', ');
  return `a worker thread (${names}) has stood still for ${uptime - told} s or a little less: a filter does not come back`;
}

/** Turns `live` into `crashed` where a worker stands still; which filter holds it nothing tells, so all are marked. */
export function judgeStall(
  verdicts: readonly FilterVerdict[],
  stall: string | undefined,
): readonly FilterVerdict[] {
  if (stall === undefined) return verdicts;
  return verdicts.map((verdict) =>
    verdict.verdict === 'live' ? { ...verdict, verdict: 'crashed', evidence: stall } : verdict,
  );
}
