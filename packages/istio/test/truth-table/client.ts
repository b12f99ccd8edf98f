import { httpGet } from '@wasmcast/testbed';
import { manyHeaders, mark } from './failing-filter.ts';
import type { Kind } from './kinds.ts';

/** What a client gets. */
export type Answer = 'filtered' | 'unfiltered' | `${number}` | 'no listener' | 'no answer' | 'reset';

/**
 * How long a client waits. Only a worker that loops never answers; all others may take their time, on a machine that has other
 * things to do, and with a bomb to unpack.
 */
function patienceMs(kind: Kind): number {
  return kind === 'endless loop' ? 3000 : 30_000;
}

/** Where a proxy listens. */
export interface Place {
  readonly host: string;
  readonly port: number;
}

/** A request of the table. */
export type Request = NonNullable<Parameters<typeof httpGet>[3]>;

/** The request at which a filter fails that fails at requests. */
export function failing(kind: Kind): Request {
  const headers = Object.fromEntries(Array.from({ length: manyHeaders }, (_, i) => [`x-${i}`, 'x']));
  return kind === 'trap in body' ? { method: 'POST', body: 'x' } : { headers };
}

/** Sends a request on a connection of its own; without a place there is no listener. */
export async function ask(kind: Kind, place: Place | undefined, request: Request): Promise<Answer> {
  if (place === undefined) return 'no listener';
  try {
    const answer = await httpGet(place.host, place.port, '/', { ...request, timeoutMs: patienceMs(kind) });
    if (answer.status !== 200) return `${answer.status}`;
    return answer.headers[mark] === undefined ? 'unfiltered' : 'filtered';
  } catch (error) {
    return (error as Error).name === 'AbortError' ? 'no answer' : 'reset';
  }
}
