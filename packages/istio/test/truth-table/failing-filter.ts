import binaryen from 'binaryen';

/** A request with more headers than this is the one at which a filter fails that fails at a request. */
export const manyHeaders = 16;
/** The response header that shows that a request passed the filter. */
export const mark = 'x-filtered';

/** How a filter departs from one that works: its parts in the text format, by name. */
export interface Departure {
  readonly abi?: string;
  readonly imports?: string;
  readonly start?: string;
  readonly configure?: string;
  readonly headers?: string;
  readonly body?: string;
}

const atTheRequest = (what: string): string =>
  `(if (i32.gt_u (local.get 1) (i32.const ${manyHeaders})) (then ${what}))`;

/** The departures of the kinds of failure that are in the module itself. */
export const departures = {
  'missing ABI': { abi: '' },
  'missing import': { imports: '(import "env" "proxy_of_tomorrow" (func (param i32) (result i32)))' },
  'start refused': { start: '(i32.const 0)' },
  'configuration refused': { configure: '(i32.const 0)' },
  'trap in headers': { headers: atTheRequest('(unreachable)') },
  'trap in body': { body: '(if (local.get 1) (then (unreachable)))' },
  // What allocators do whose memory does not grow any more; 64 MiB at a time, none of it touched.
  'out of memory': {
    headers: atTheRequest(
      '(loop $more (br_if $more (i32.ne (memory.grow (i32.const 1024)) (i32.const -1)))) (unreachable)',
    ),
  },
  'endless loop': { headers: atTheRequest('(loop $again (br $again))') },
} as const satisfies Readonly<Record<string, Departure>>;

/** A small filter that marks every response, with a departure. Equal names give equal bytes. */
export function failingFilter(name: string, departure: Departure = {}): Uint8Array {
  const {
    abi = '(func (export "proxy_abi_version_0_2_1"))',
    imports = '',
    start = '(i32.const 1)',
    configure = '(i32.const 1)',
    headers = '',
    body = '',
  } = departure;
  const module = binaryen.parseText(`(module
    (import "env" "proxy_add_header_map_value"
      (func $add (param i32 i32 i32 i32 i32) (result i32)))
    ${imports}
    (memory (export "memory") 1)
    (data (i32.const 16) "${mark}")
    (data (i32.const 64) "${name}")
    ${abi}
    (func (export "malloc") (param i32) (result i32) (i32.const 1024))
    (func (export "proxy_on_vm_start") (param i32 i32) (result i32) ${start})
    (func (export "proxy_on_configure") (param i32 i32) (result i32) ${configure})
    (func (export "proxy_on_context_create") (param i32 i32))
    (func (export "proxy_on_request_headers") (param i32 i32 i32) (result i32) ${headers} (i32.const 0))
    (func (export "proxy_on_request_body") (param i32 i32 i32) (result i32) ${body} (i32.const 0))
    (func (export "proxy_on_response_headers") (param i32 i32 i32) (result i32)
      (drop (call $add (i32.const 2) (i32.const 16) (i32.const ${mark.length}) (i32.const 64) (i32.const 1)))
      (i32.const 0)))`);
  try {
    return module.emitBinary();
  } finally {
    module.dispose();
  }
}
