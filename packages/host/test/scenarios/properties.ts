import { hello, type Scenario } from './scenario.ts';

/** See the names. */
export const propertiesScenarios: readonly Scenario[] = [
  {
    name: 'properties of a request',
    chain: [
      `
          reqh prop request|path; reqh prop request.path; reqh prop request|url_path;
          reqh prop request|query; reqh prop request|host; reqh prop request|scheme;
          reqh prop request|method; reqh prop request|headers|x-m; reqh prop request|headers|x-none;
          reqh prop request|referer; reqh prop request|useragent; reqh prop request|protocol;
          reqh prop request|size; reqh prop request|id; reqh prop request|nothing; reqh prop request;
          reqh prop response; reqh prop ~; reqh prop |; reqh prop request|path|; reqh prop request|path|x;
          reqh prop response|code; reqh prop response|headers|a; reqh prop request|duration;
          reqh prop plugin_root_id; reqh prop plugin_root_id|x; reqh prop nonsense;
          reqh prop request|total_size; reqb prop request|size; resh prop response|code;
          resh prop response|headers|x-up; resh prop response|size; resh prop response|flags;
          log prop response|size; log prop request|size; resh prop response|code_details;
          log prop response|grpc_status; reqh prop request|headers|X-M
        `,
    ],
    request: {
      method: 'POST',
      path: '/p?a=1',
      headers: { 'x-m': ['1', '2'], 'user-agent': 'ua', referer: 'from' },
      body: 'abcdef',
    },
    upstream: hello,
  },
  {
    name: 'properties that a filter stores',
    chain: [
      `
          reqh setprop flat value; reqh prop flat; reqh prop filter_state|wasm.flat; reqh setprop a|b v;
          reqh prop a|b; reqh setprop request|path /x; reqh prop request|path; reqh prop wasm.flat;
          resh prop flat
        `,
      `reqh prop flat; resh setprop back 1; log prop back`,
    ],
    upstream: hello,
  },
];
