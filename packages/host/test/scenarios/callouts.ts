import { hello, post, type Scenario } from './scenario.ts';

/** A callout to the upstream's own cluster; 2 is the context of the first stream. */
const ask = 'http up :method=GET,:path=/ask,:authority=a ~';

/** Streams that wait for a callout. */
export const calloutScenarios: readonly Scenario[] = [
  {
    name: 'a request waits for a callout and goes on',
    chain: [
      `reqh ${ask}; reqh ret 1; reqb args; call get 6 :status; call get 6 x-up; call get 6 x-none;
       call buf 4 0 100; call buf 4 2 2; call bufstatus 4; call add 6 x y; call mapsize 6; call npairs 7;
       call status; call get 0 :path; call effective 2; call get 0 :path; call get 6 :status; call add 0 x-late 1;
       call continue 0; call get 0 :path; log get 6 :status; log say end`,
    ],
    request: post,
    upstream: hello,
  },
  {
    name: 'a request waits for a callout and is answered',
    chain: [
      `reqh say 1; resh say 1; resb say 1`,
      `reqh ${ask}; reqh ret 1; call local 500 ~ unheard ~; call effective 2; call local 403 ~ no ~; resh pairs 2`,
    ],
    upstream: hello,
  },
  {
    name: 'a response waits for a callout and goes on',
    chain: [
      `resh say 1; resb args`,
      `resh ${ask}; resh ret 1; resb args; call effective 2; call add 2 x-late 1; call continue 1; call get 2 :status`,
    ],
    upstream: hello,
  },
  {
    name: 'a body waits for a callout and goes on changed',
    chain: [
      `reqh del 0 content-length; reqh ${ask}; reqb args; reqb ret 1; call effective 2; call buf 0 0 100;
       call setbuf 0 0 3 new-; call buf 0 0 100; call continue 0; call buf 0 0 100`,
    ],
    request: { ...post, body: 'abcdef' },
    upstream: hello,
  },
];
