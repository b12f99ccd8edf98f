import { hello, post, type Scenario } from './scenario.ts';

/** See the names. */
export const bodiesScenarios: readonly Scenario[] = [
  {
    name: 'bodies pass chunk by chunk',
    chain: [`reqb args; reqb buf 0 0 100; reqb bufstatus 0; resb args; resb buf 1 0 100; resb bufstatus 1`],
    request: post,
    upstream: hello,
  },
  {
    name: 'a buffered body is seen whole and replaced',
    chain: [
      `
          reqh del 0 content-length; reqb args; reqb retmore 1; reqb buf 0 0 1000;
          reqb setbuf 0 0 6 replaced; reqb buf 0 0 1000; reqb bufstatus 0; resh del 2 content-length;
          resb args; resb retmore 1; resb buf 1 0 1000; resb setbuf 1 0 2 HE; resb setbuf 1 1000 0 -end;
          resb setbuf 1 0 0 start-; resb buf 1 0 1000
        `,
    ],
    request: post,
    upstream: hello,
  },
  {
    name: 'parts of a body',
    chain: [
      `
          reqh del 0 content-length; reqb buf 0 1 2; reqb buf 0 5 100; reqb buf 0 6 1; reqb buf 0 100 1;
          reqb buf 0 2 -1; reqb setbuf 0 1 1 x; reqb setbuf 0 3 0 y; reqb setbuf 0 0 3 ZZ; reqb buf 0 0 10;
          reqb setbuf 1 0 0 no; reqb buf 1 0 10; reqb buf 4 0 10; reqb setbuf 4 0 0 x; reqb buf 5 0 10;
          reqb buf 2 0 10; reqb buf 6 0 10; reqb buf 7 0 10; reqb buf 9 0 10; reqb setbuf 6 0 1 x;
          reqb bufstatus 9; reqb setbuf 9 0 0 x
        `,
    ],
    request: post,
    upstream: hello,
  },
  {
    name: 'buffer 8 shows what was there before',
    chain: [`reqb buf 8 0 10; reqb buf 0 0 3; reqb buf 8 0 10; reqb buf 6 0 3; reqb buf 8 0 3`],
    request: post,
  },
  {
    name: 'a body that is not buffered is lost',
    chain: [`reqh del 0 content-length; reqb args; reqb retmore 3; reqb buf 0 0 10`],
    request: post,
    upstream: hello,
  },
  {
    name: 'a body held by watermark',
    chain: [`reqb args; reqb retmore 2; reqb buf 0 0 10; resb args; resb retmore 2; resb buf 1 0 10`],
    request: post,
    upstream: hello,
  },
  {
    name: 'headers wait for the body where that is allowed',
    allowOnHeadersStopIteration: true,
    chain: [
      `
          reqh ret 1; reqh del 0 content-length; reqb args; reqb retmore 1; reqb add 0 x-late 1;
          reqb buf 0 0 10; resh ret 1; resb args; resb retmore 1; resb add 2 x-late 2
        `,
    ],
    request: post,
    upstream: hello,
  },
];
