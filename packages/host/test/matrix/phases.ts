import type { AbiVersion } from '../../src/index.ts';
import { calls, unknownTo, type Call } from './calls.ts';

/**
 * The columns of the matrix: the callbacks in which a host call is made.
 *
 * - `once`: comes once for a VM, which makes all calls there one after the other
 * - `stream`: comes with every request; the n-th request makes the n-th call
 * - `connection`: comes with every TCP connection; the n-th connection makes the n-th call
 * - `plugin`: happens to the plugin while a request waits for it; the n-th request makes the n-th call
 */
export const phases = {
  root_create: 'once',
  vm_start: 'once',
  configure: 'once',
  tick: 'plugin',
  queue_ready: 'plugin',
  http_call_response: 'plugin',
  grpc_receive_initial_metadata: 'plugin',
  grpc_receive: 'plugin',
  grpc_receive_trailing_metadata: 'plugin',
  grpc_close: 'plugin',
  create: 'stream',
  request_headers: 'stream',
  request_body: 'stream',
  request_trailers: 'stream',
  response_headers: 'stream',
  response_body: 'stream',
  response_trailers: 'stream',
  log: 'stream',
  done: 'stream',
  delete: 'stream',
  tcp_create: 'connection',
  tcp_new_connection: 'connection',
  tcp_downstream_data: 'connection',
  tcp_upstream_data: 'connection',
  tcp_downstream_close: 'connection',
  tcp_upstream_close: 'connection',
  tcp_done: 'connection',
  tcp_log: 'connection',
  tcp_delete: 'connection',
  root_done: 'once',
  root_delete: 'once',
} as const satisfies Record<string, 'once' | 'stream' | 'connection' | 'plugin'>;

/** A member of {@link phases}. */
export type Phase = keyof typeof phases;

export const phaseNames = Object.keys(phases) as Phase[];

/**
 * Cells that are not run, because Envoy 1.40 does not survive them, or harms another request: it goes on with a message that
 * is not held, sends a part of it twice, or acts on a stream that has gone. This host ignores what it cannot do there.
 */
export const leftOut: Readonly<Partial<Record<Phase, readonly Call[]>>> = {
  create: ['continue_stream(request)', 'continue_stream(response)'],
  request_headers: ['continue_stream(request)', 'continue_stream(response)'],
  request_body: ['continue_stream(request)', 'continue_stream(response)'],
  request_trailers: ['continue_stream(request)', 'continue_stream(response)'],
  response_headers: ['continue_stream(request)', 'continue_stream(response)'],
  response_body: ['continue_stream(request)', 'continue_stream(response)'],
  response_trailers: [
    'continue_stream(request)',
    'continue_stream(response)',
    'close_stream(request)',
    'close_stream(response)',
  ],
  log: ['close_stream(request)', 'close_stream(response)', 'send_local_response'],
  done: ['close_stream(request)', 'close_stream(response)', 'send_local_response'],
  delete: ['close_stream(request)', 'close_stream(response)', 'send_local_response'],
};

/** The calls that are made in a phase. */
export function callsOf(phase: Phase, abi: AbiVersion): readonly Call[] {
  return calls.filter((call) => leftOut[phase]?.includes(call) !== true && !unknownTo[abi].includes(call));
}
