import { httpGet } from '@wasmcast/testbed';
import { manyHeaders, mark } from './failing-filter.ts';
import type { Kind } from './kinds.ts';

/** What a client gets. */
export type Answer = 'filtered' | 'unfiltered' | `${number}` | 'no listener' | 'no answer' | 'reset';

/** How long a client waits: far more than an answer takes of a proxy that still gives one. */
const patienceMs = 3000;

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
export async function ask(place: Place | undefined, request: Request): Promise<Answer> {
  if (place === undefined) return 'no listener';
  try {
    const answer = await httpGet(place.host, place.port, '/', { ...request, timeoutMs: patienceMs });
    if (answer.status !== 200) return `${answer.status}`;
    return answer.headers[mark] === undefined ? 'unfiltered' : 'filtered';
  } catch (error) {
    return (error as Error).name === 'AbortError' ? 'no answer' : 'reset';
  }
}
