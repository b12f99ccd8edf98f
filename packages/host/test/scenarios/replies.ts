import { hello, post, type Scenario } from './scenario.ts';

/** See the names. */
export const repliesScenarios: readonly Scenario[] = [
  {
    name: 'answers from request headers, through its own response callbacks',
    chain: [
      `
          reqh local 418 some+details short+and+stout x-local=1,Content-Type=tea/pot; reqh ret 0;
          reqh say after; resh args; resh pairs 2; resh prop response|code;
          resh prop response|code_details; resh add 2 x-seen 1; resh get 0 :path; resb args;
          resb buf 1 0 100; log prop response|code_details
        `,
    ],
    upstream: hello,
  },
  {
    name: 'the second of three filters answers',
    chain: [
      `reqh say 1; resh say 1; resh add 2 x-one 1; resb say 1; log say 1; delete say 1`,
      `reqh say 2; reqh local 403 ~ ~ ~; resh say 2; resh args; resh pairs 2; log say 2; delete say 2`,
      `create say 3; reqh say 3; resh say 3; log say 3; log get 2 :status; done say 3; delete say 3`,
    ],
    upstream: hello,
  },
  {
    name: 'answers from a request body',
    upstreamRaces: true,
    chain: [`reqb args; reqb local 400 ~ bad ~; resh pairs 2; resb buf 1 0 10`],
    request: post,
    upstream: hello,
  },
  {
    name: 'answers from response headers, past the filters',
    chain: [
      `resh say 1; resh get 2 :status; resb say 1; resb buf 1 0 100`,
      `resh local 503 ~ replaced x-l=1; resh say 2; resb say 2; log get 2 :status`,
    ],
    upstream: hello,
  },
  {
    name: 'answers from a response body whose headers are held',
    allowOnHeadersStopIteration: true,
    chain: [`resh ret 1; resb local 502 ~ nope ~; log prop response|code; log prop response|code_details`],
    upstream: hello,
  },
  {
    name: 'answers from a response body whose headers have gone',
    chain: [`resb local 502 ~ nope ~; log prop response|code`],
    upstream: hello,
  },
  {
    name: 'a response that is held for good',
    chain: [`resh ret 1; resb local 502 ~ nope ~; log prop response|code`],
    upstream: hello,
  },
  {
    name: 'answers twice',
    chain: [
      `
          reqh local 401 ~ first ~; reqh local 402 ~ second ~; resh local 403 ~ third ~;
          resh get 2 :status
        `,
    ],
  },
  {
    name: 'answers a HEAD request',
    chain: [`reqh local 200 ~ body ~; resh args; resh pairs 2`],
    request: { method: 'HEAD' },
  },
  {
    name: 'answers a gRPC request',
    chain: [`reqh local 403 ~ no+%+entry x=1 7; resh pairs 2`],
    request: { method: 'POST', headers: { 'content-type': 'application/grpc' }, body: 'x' },
  },
  {
    name: 'streams that cannot go on or be closed',
    chain: [`reqh continue 2; reqh continue 3; reqh continue 4; reqh close 4; reqh get 0 :path`],
    upstream: hello,
  },
  {
    name: 'closes the stream',
    chain: [`reqh close 0; log say closed; delete say x`],
    upstream: hello,
  },
  {
    name: 'closes the stream in the response',
    chain: [`resh close 1; log say closed; delete say x`],
    upstream: hello,
  },
];
