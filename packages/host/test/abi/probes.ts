import { out, scriptedGuest, type Step } from '../../fixtures/scripted-guest.ts';
import type { Subject } from '../sides/observed.ts';

/** The versions before 0.2.1, of which the whole matrix is run. */
export const olderAbis = ['0.1.0', '0.2.0'] as const;

/** A member of {@link olderAbis}. */
export type OlderAbi = (typeof olderAbis)[number];

/** What is held until a tick lets it go on. */
export const holds = ['request', 'response'] as const;

type Held = (typeof holds)[number];

/** What every version has, and one of them does in another way: absent headers, and buffers by their numbers. */
const inEvery: readonly Step[] = [
  ...[0, 1, 2, 3].map((map): Step => ['proxy_get_header_map_value', map, 'x-absent', out.text]),
  ['proxy_get_header_map_value', 0, 'x-in', out.text],
  ['proxy_get_header_map_size', 0, out.word],
  ...[0, 1, 2, 3, 4, 5, 6, 7, 8].map((buffer): Step => ['proxy_get_buffer_bytes', buffer, 0, 100, out.text]),
  ['proxy_get_buffer_status', 7, out.word, out.word],
];

/** What not every version has, with arguments that harm nobody in any callback. */
const inOne: Readonly<Record<OlderAbi, readonly Step[]>> = {
  '0.1.0': [['proxy_get_configuration', out.text], ['proxy_clear_route_cache']],
  '0.2.0': [
    ['proxy_continue_stream', 7],
    ['proxy_close_stream', 7],
  ],
};

const goOn: Readonly<Record<OlderAbi, Readonly<Record<Held, Step>>>> = {
  '0.1.0': { request: ['proxy_continue_request'], response: ['proxy_continue_response'] },
  '0.2.0': { request: ['proxy_continue_stream', 0], response: ['proxy_continue_stream', 1] },
};

/** A module of an older version that makes its calls in every callback of one request. */
export function abiProbe(abi: OlderAbi, held: Held): Subject {
  const calls: readonly Step[] = ['args', ...inEvery, ...inOne[abi]];
  // To go on is nothing once the stream is over; before that Envoy would send what is not held a second time.
  const late = [...calls, ...Object.values(goOn[abi])];
  const hold: readonly Step[] = [['proxy_set_tick_period_milliseconds', 1], { ret: 1 }];
  const wasm = scriptedGuest(
    {
      proxy_on_vm_start: calls,
      proxy_on_configure: calls,
      proxy_on_tick: [
        ...calls,
        ['proxy_set_effective_context', 2],
        goOn[abi][held],
        ['proxy_set_tick_period_milliseconds', 0],
      ],
      'proxy_on_context_create(2)': calls,
      'proxy_on_request_headers(2)': [...calls, ...(held === 'request' ? hold : [])],
      'proxy_on_request_body(2)': calls,
      'proxy_on_request_trailers(2)': calls,
      'proxy_on_response_headers(2)': [...calls, ...(held === 'response' ? hold : [])],
      'proxy_on_response_body(2)': calls,
      'proxy_on_response_trailers(2)': calls,
      'proxy_on_log(2)': late,
      'proxy_on_done(2)': late,
      'proxy_on_delete(2)': late,
    },
    abi,
  );
  return { name: `abi-${abi}-${held}`, wasm, configuration: 'configuration', requests: 1 };
}
