import type { GateCheck, InstanceStats } from '@wasmcast/core';
import { instanceAddress } from '@wasmcast/core';
import type { Measurement } from './measurement.ts';

type StatsCheck = Extract<GateCheck, { kind: 'stats' }>;

/** Readings of the same instances at two moments, by address and uid. */
export type Snapshot = ReadonlyMap<string, InstanceStats>;

/** What tells an instance from a later one of the same name. */
export function snapshotKey({ instance }: InstanceStats): string {
  return `${instanceAddress(instance)} ${instance.uid}`;
}

/**
 * Judges what happened between two readings. A VM that died or a container that was started again fails at once; too few
 * requests, or an instance whose counters cannot be read, decide nothing. An instance that is new counts from zero.
 */
export function judgeStats(check: StatsCheck, before: Snapshot, now: Snapshot): Measurement {
  let requests = 0;
  let errors = 0;
  let slowest: { readonly ms: number; readonly where: string } | undefined;
  for (const [key, stats] of now) {
    const where = instanceAddress(stats.instance);
    const from = before.get(key);
    const died =
      from === undefined || from.vmFailures !== undefined ? grown(stats.vmFailures, from?.vmFailures) : 0;
    if (died > 0) return fail(`${where}: the VM of a filter died`);
    if (grown(stats.restarts, from?.restarts) > 0) return fail(`${where}: a container was started again`);
    const missing = missingOf(stats);
    if (missing !== undefined)
      return unclear(`${where} does not show ${missing}: ${stats.fault ?? 'its proxy does not count them'}`);
    // What it counted before cannot be told from what it counted since.
    if (from !== undefined && missingOf(from) !== undefined)
      return unclear(`${where} is counted from here: it did not show ${missingOf(from)} before`);
    requests += grown(stats.requests, from?.requests);
    errors += grown(stats.errors, from?.errors);
    if (check.maxP99Ms !== undefined) {
      if (stats.p99Ms !== undefined && stats.p99Ms > (slowest?.ms ?? -1))
        slowest = { ms: stats.p99Ms, where };
    }
  }
  if (requests < check.minRequests) return unclear(`${requests} of at least ${check.minRequests} requests`);
  const share = errors / requests;
  const seen = `${errors} of ${requests} requests ended in 5xx`;
  if (check.maxErrorRate !== undefined && share > check.maxErrorRate)
    return fail(`${seen}, more than ${percent(check.maxErrorRate)}`);
  if (check.maxP99Ms === undefined) return pass(seen);
  if (slowest === undefined) return unclear('no proxy shows how long requests took');
  return slowest.ms > check.maxP99Ms
    ? fail(`${slowest.where}: p99 is ${slowest.ms} ms, more than ${check.maxP99Ms} ms`)
    : pass(`${seen}, p99 at most ${slowest.ms} ms`);
}

/** The first whole reading of each instance; one that has none yet keeps what there is. */
export function withFirst(before: Snapshot, now: Snapshot): Snapshot {
  const whole = [...now].filter(([key]) => {
    const from = before.get(key);
    return from !== undefined && missingOf(from) !== undefined;
  });
  return new Map([...before, ...whole]);
}

/** What has to be known of every instance, and is not. */
function missingOf({ requests, errors, vmFailures }: InstanceStats): string | undefined {
  if (requests === undefined || errors === undefined) return 'requests';
  return vmFailures === undefined ? 'whether VMs of filters died' : undefined;
}

/** By how much a counter grew; one that is smaller than before was reset with its proxy. */
function grown(now: number | undefined, before: number | undefined): number {
  if (now === undefined) return 0;
  return before === undefined || now < before ? now : now - before;
}

function percent(share: number): string {
  return `${Number((share * 100).toFixed(3))} %`;
}

const pass = (says: string): Measurement => ({ outcome: 'pass', says });
const fail = (says: string): Measurement => ({ outcome: 'fail', says });
const unclear = (says: string): Measurement => ({ outcome: 'inconclusive', says });
