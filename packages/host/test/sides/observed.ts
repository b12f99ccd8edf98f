import type { Answer, Seen } from '../envoy/client.ts';

/** A module in a VM of its own, behind a listener of its own. */
export interface Subject {
  readonly name: string;
  readonly wasm: Uint8Array;
  readonly configuration: string;
  /** What it filters; a request over TCP is a connection. Default: http. */
  readonly over?: 'http' | 'tcp';
  /** How often the request of `traffic.ts` is sent to it, one after the other. */
  readonly requests: number;
}

/** What went over the wire for a request. */
export interface Exchanged {
  readonly client: Answer;
  /** What the upstream got; `undefined` where nothing reached it, or where it was left to chance whether it did. */
  readonly upstream: Seen | undefined;
}

/** What a side did. */
export interface Observed {
  /** What crossed the border on the worker, in Envoy's words, with the modules' lines as `log <level> <text>`. */
  readonly crossings: readonly string[];
  /** By the subject's name, in order. */
  readonly exchanges: ReadonlyMap<string, readonly Exchanged[]>;
  /** The filters' counters and gauges before the filters ended, sorted: `counter <name>: <value>`. */
  readonly stats: readonly string[];
}

/** A request that is answered on its way, or broken off, may or may not have reached the upstream. */
export function exchanged(client: Answer, upstream: Seen | undefined): Exchanged {
  const through = typeof client === 'object' && client.start !== '418';
  return { client, upstream: through ? upstream : undefined };
}
