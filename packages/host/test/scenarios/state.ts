import type { Scenario } from './scenario.ts';

/** See the names. */
export const stateScenarios: readonly Scenario[] = [
  {
    name: 'shared data and queues',
    chain: [
      `
          reqh shared k; reqh share k v 5; reqh shared k; reqh share k w 999; reqh share k ~ 0;
          reqh shared k; reqh register q; reqh resolve ~ q; reqh resolve other q; reqh dequeue 99999;
          reqh enqueue 99999 x
        `,
    ],
  },
  {
    name: 'metrics',
    chain: [
      `
          reqh define 0 c; reqh define 0 c; reqh define 1 g; reqh define 2 h; reqh define 3 x;
          reqh increment 4 2; reqh increment 8 3; reqh metric 4; reqh increment 4 0; reqh increment 4 -1;
          reqh record 4 10; reqh metric 8; reqh record 5 7; reqh increment 5 -9; reqh metric 5;
          reqh record 6 3; reqh metric 6; reqh increment 6 1; reqh metric 400; reqh increment 401 1;
          reqh record 402 1; reqh metric 3; reqh increment 3 1; reqh record 3 1
        `,
    ],
  },
  {
    name: 'callouts that cannot be made',
    chain: [
      `
          reqh http nowhere :method=GET,:path=/,:authority=a ~; reqh grpc nowhere; reqh grpcclose 5;
          reqh grpcclose 6; reqh grpcclose 4; reqh status; reqh effective 99999; reqh effective 0;
          reqh pdone; reqh foreign nothing x; reqh foreign clear_route_cache ~;
          reqh foreign uncompress nonsense; reqh tick 0
        `,
    ],
  },
  {
    name: 'bad arguments',
    chain: [`reqh badpointer; reqh log 6 x; reqh log 5 x; reqh loglevel`],
  },
  {
    name: 'grows its memory',
    chain: [`reqh grow 10; reqh get 0 :path; reqh grow 20000; reqh get 0 :path`],
  },
];
