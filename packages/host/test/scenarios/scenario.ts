import type { TestRequest, TestResponse } from '../../src/testing/index.ts';

/** One request through a chain of probes (`assembly/probe.ts`), to be sent through the host and through Envoy. */
export interface Scenario {
  readonly name: string;
  /** The script of each probe, in the order of the chain: steps, separated by `;`. */
  readonly chain: readonly string[];
  readonly request?: TestRequest;
  readonly upstream?: TestResponse;
  readonly allowOnHeadersStopIteration?: boolean;
  /** Default: closed. */
  readonly onFailure?: 'closed' | 'open' | 'reload';
  /** How many times the request is sent, one after the other. Default: once. */
  readonly times?: number;
  /** The request is broken off while it may or may not have reached the upstream. */
  readonly upstreamRaces?: boolean;
}

/** A request and a response with a body. */
export const post: TestRequest = {
  method: 'POST',
  path: '/p?a=1',
  headers: { 'x-c': 'one' },
  body: 'abcdef',
};
export const hello: TestResponse = { headers: { 'x-up': 'yes' }, body: 'hello' };

/** A script as the probe reads it: one step per line. */
export function configurationOf(script: string): string {
  return script
    .split(';')
    .map((step) => step.trim())
    .filter((step) => step !== '')
    .join('\n');
}
