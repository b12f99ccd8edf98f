import type { IncomingMessage } from 'node:http';
import type { Flow, HeaderPairs } from './filter-stream.ts';
import { passableTrailers, toPairs } from './headers.ts';

const noBytes = new Uint8Array(0);

/** The trailers of a message of Node's that may be passed on; they are there when it has ended. */
export function trailersOf(message: IncomingMessage): HeaderPairs {
  return passableTrailers(toPairs(message.rawTrailers));
}

/** The message came to its end: with trailers, or without. */
export function endFlow(flow: Flow, trailers: HeaderPairs): void {
  if (trailers.length > 0) flow.trailers(trailers);
  else flow.body(noBytes, true);
}

/** Lets nothing through once `open` says no. */
export function guarded(open: () => boolean, flow: Flow): Flow {
  return {
    headers: (headers, end) => void (open() && flow.headers(headers, end)),
    body: (chunk, end) => void (open() && flow.body(chunk, end)),
    trailers: (trailers) => void (open() && flow.trailers(trailers)),
  };
}
