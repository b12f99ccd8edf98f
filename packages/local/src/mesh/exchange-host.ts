import type { IncomingMessage } from 'node:http';
import type { ExchangeTape } from '../record/exchange-tape.ts';
import type { ExchangeEnd } from './counters.ts';
import type { FilterStream, StreamExits } from './filter-stream.ts';
import type { MeshLimits } from './limits.ts';
import type { Upstream } from './upstream.ts';

/** What an exchange needs of its service. */
export interface ExchangeHost {
  readonly upstream: Upstream;
  readonly limits: MeshLimits;
  /** Opens the filters of the chain that is in force now; the exchange keeps them to its end. */
  openStream(exits: StreamExits, request: IncomingMessage): FilterStream;
  /** A tape for the exchange that begins, if it is recorded. */
  record?(): ExchangeTape;
  /** Told once when the exchange is over, and how many milliseconds it took. */
  ended(end: ExchangeEnd, ms: number, recorded?: Recorded): void;
  /** Told of an exception that ended an exchange: a bug, which must not end the whole mesh. */
  fault(error: unknown): void;
}

/** What was recorded of an exchange; `whole`: request and answer came to their ends. */
export interface Recorded {
  readonly tape: ExchangeTape;
  readonly whole: boolean;
}
