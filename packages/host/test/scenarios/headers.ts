import { hello, post, type Scenario } from './scenario.ts';

/** See the names. */
export const headersScenarios: readonly Scenario[] = [
  {
    name: 'adds, replaces and removes request headers',
    chain: [
      `
          reqh args; reqh npairs 0; reqh add 0 X-New v1; reqh add 0 x-new v2; reqh get 0 X-NEW;
          reqh rep 0 x-c two; reqh rep 0 x-none made; reqh del 0 x-d; reqh del 0 x-never; reqh get 0 x-d;
          reqh get 0 x-m; reqh pairs 0; reqh mapsize 0; reqh add 0 x-empty ~; reqh get 0 x-empty;
          reqh add 0 user-agent more; reqh get 0 user-agent; reqh rep 0 :path /other;
          reqh rep 0 :authority else; reqh add 0 :path /more; reqh get 0 :path
        `,
    ],
    request: {
      path: '/a?b',
      headers: { 'x-c': 'one', 'x-d': 'gone', 'x-m': ['m1', 'm2'], 'user-agent': 'probe' },
    },
    upstream: hello,
  },
  {
    name: 'adds, replaces and removes response headers',
    chain: [
      `
          resh args; resh add 2 x-new v1; resh add 2 x-new v2; resh rep 2 x-up no; resh del 2 x-gone;
          resh pairs 2; resh rep 2 :status 201; resh get 2 :status; resh add 2 content-type extra;
          resh get 2 content-type; resh mapsize 2
        `,
    ],
    upstream: { headers: { 'x-up': 'yes', 'x-gone': '1', 'content-type': 'a/b' }, body: 'x' },
  },
  {
    name: 'replaces all headers, also by what is no map',
    chain: [
      `
          reqh setpairs 0 :path=/set,:method=GET,:authority=b,:scheme=http,X-Set=1,x-set=2,x-forwarded-proto=http;
          reqh pairs 0; resh prop response|code_details; resh pairs 2; resh setpairs 2 :status=204,x-a=b;
          resh pairs 2
        `,
    ],
    upstream: { headers: { 'x-up': '1' } },
  },
  {
    name: 'headers are gone once their callback has continued',
    chain: [
      `
          reqb get 0 :path; reqb pairs 0; reqb add 0 x-late 1; reqb rep 0 x-late 1; reqb del 0 x-late;
          reqb mapsize 0; reqb setpairs 0 a=b; reqb prop request|path; reqh get 2 :status; reqh npairs 2;
          resh get 0 :path; resh npairs 0; resh prop request|path; resh prop request|method;
          resb get 2 :status; resb add 2 a b; log get 0 :path; log get 2 :status; log npairs 0;
          log add 0 x y; log mapsize 0; log get 3 x; log get 1 x; log prop request|path;
          log prop response|code; log get 0 x-none; reqh get 8 x; reqh npairs 8; reqh get 4 x;
          reqh mapsize 4; reqh npairs 6; reqh get 6 x
        `,
    ],
    request: post,
    upstream: hello,
  },
  {
    name: 'on_log, on_done and on_delete come in this order, log first in all filters',
    chain: [
      `create say c1; reqh say h1; resh say r1; log say l1; done say d1; delete say x1`,
      `create say c2; reqh say h2; resh say r2; log say l2; done say d2; delete say x2`,
    ],
  },
  {
    name: 'header actions that do not exist',
    chain: [`reqh ret 2; resh ret 2`],
    upstream: hello,
  },
];
