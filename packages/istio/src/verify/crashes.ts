import type { FilterVerdict } from '@wasmcast/core';
import type { KubeClient } from '../api/client.ts';
import { proxyContainer } from './admin.ts';
import type { ModuleUse } from './module-uses.ts';

/** The proxy's log is only looked at for what happened since its configuration became active. */
const maxLogBytes = 512 * 1024;
/** Envoy's words when a Wasm function traps: from then on the VM is dead, and no page of the admin interface says so. */
const trap = /Function: (\w+) failed: (.*?)(?:\tthread=\d+)?$/;

/** A Wasm VM of the proxy that died. */
export interface Trap {
  /** Milliseconds since the epoch. */
  readonly at: number;
  /** `proxy_on_request_headers: Uncaught RuntimeError: unreachable` */
  readonly what: string;
}

/** Reads a log whose lines begin with a time. */
export function readTraps(log: string): readonly Trap[] {
  return log.split('\n').flatMap((line): Trap[] => {
    const space = line.indexOf(' ');
    const [, name, reason] = trap.exec(line) ?? [];
    if (name === undefined) return [];
    return [{ at: Date.parse(line.slice(0, space)), what: `${name}: ${(reason ?? '').slice(0, 200)}` }];
  });
}

/**
 * Turns `live` into `crashed` for filters whose VM may be dead by these traps. The log does not name the filter: with
 * several candidates all of them are marked, and the evidence says so. A filter that reloads heals itself: it stays live,
 * and the evidence tells of the last trap.
 */
export function judgeCrashes(
  verdicts: readonly FilterVerdict[],
  uses: readonly ModuleUse[],
  traps: readonly Trap[],
): readonly FilterVerdict[] {
  const hit = uses
    .map((use) => ({ use, trap: traps.findLast((t) => t.at >= use.since) }))
    .filter((entry) => entry.trap !== undefined);
  const names = [...new Set(hit.map(({ use }) => use.filter))];
  return verdicts.map((verdict) => {
    const found = hit.find(({ use }) => use.filter === verdict.filter && use.direction === verdict.direction);
    if (verdict.verdict !== 'live' || found?.trap === undefined) return verdict;
    const whose = names.length === 1 ? 'its VM died' : `a VM died, of one of ${names.join(', ')}`;
    if (found.use.reloads) return { ...verdict, evidence: `${whose} and is made anew: ${found.trap.what}` };
    return { ...verdict, verdict: 'crashed', evidence: `${whose}: ${found.trap.what}` };
  });
}

/** A proxy's log since a time, in milliseconds since the epoch; nothing if we may not read logs. */
export async function recentLog(
  client: KubeClient,
  pod: { readonly namespace: string; readonly name: string },
  since: number,
  signal: AbortSignal,
): Promise<string> {
  try {
    const of = { ...pod, container: proxyContainer, since: new Date(since), maxBytes: maxLogBytes };
    return await client.log(of, signal);
  } catch {
    signal.throwIfAborted();
    return '';
  }
}
