import { hello, post, type Scenario } from './scenario.ts';

/** See the names. */
export const trapsScenarios: readonly Scenario[] = [
  {
    name: 'a trap in the request',
    chain: [`reqh say before; resh say 1; log say 1`, `reqh trap; resh say 2; log say 2`],
    upstream: hello,
  },
  {
    name: 'a trap in the response',
    chain: [`resh say 1`, `resh say 2; resh oob; resb say 2; log say 2`],
    upstream: hello,
  },
  {
    name: 'a stack overflow in a body',
    upstreamRaces: true,
    chain: [`reqb overflow; resh say x`],
    request: post,
    upstream: hello,
  },
  {
    name: 'a trap in on_log',
    chain: [`log trap; done say no; delete say no`],
    upstream: hello,
  },
  {
    name: 'a trap when the policy is closed: every later request is refused',
    times: 3,
    upstreamRaces: true,
    chain: [`reqh say 1; resh say 1; log say 1`, `reqh say 2; resh say 2; resh trap; log say 2`],
    upstream: hello,
  },
  {
    name: 'a trap when the policy is open: later requests pass by',
    onFailure: 'open',
    times: 3,
    chain: [`reqh say 1; resh say 1`, `reqh say 2; reqh trap; resh say 2; log say 2`],
    upstream: hello,
  },
  {
    name: 'a trap when the policy is reload: a new VM, until the next one within a second',
    onFailure: 'reload',
    times: 3,
    chain: [`reqh say 1; resh say 1`, `reqh say 2; reqh trap; resh say 2; log say 2`],
    upstream: hello,
  },
];
