// What the matrix probe does with each host call: one function a row of `test/matrix/calls.ts`, found by its name.
import * as host from './host';
import * as wasi from './wasi-host';

/** Where host calls put their results. */
export const A: usize = memory.data(64);
/** Text and pairs that are passed in. */
const words: usize = memory.data(1024);
let used: usize = 0;

/** Map types 0 to 7, and one that does not exist. */
const maps: i32 = 9;
/** Buffer types 0 to 8, and one that does not exist. */
const buffers: i32 = 10;

export function say(text: string): void {
  const bytes = String.UTF8.encode(text);
  host.proxy_log(2, changetype<usize>(bytes), bytes.byteLength);
}

/** Puts a text (`|` is a NUL) into memory; its size is in `n`. */
let n: usize = 0;
function p(text: string): usize {
  const at = words + used;
  n = String.UTF8.encodeUnsafe(changetype<usize>(text), text.length, at);
  for (let i: usize = 0; i < n; i++) if (load<u8>(at + i) == 0x7c) store<u8>(at + i, 0);
  used += (n + 7) & ~7;
  return at;
}

/** `k=v,k=v` as serialized pairs. */
function pairs(text: string): usize {
  const at = words + used;
  const items = text.split(',');
  store<u32>(at, items.length);
  let to = at + 4 + 8 * items.length;
  for (let i = 0; i < items.length; i++) {
    const equals = items[i].indexOf('=');
    for (let half = 0; half < 2; half++) {
      const part = half == 0 ? items[i].substring(0, equals) : items[i].substring(equals + 1);
      const size = String.UTF8.encodeUnsafe(changetype<usize>(part), part.length, to);
      store<u32>(at + 4 + 8 * i + 4 * half, <u32>size);
      to += size;
      store<u8>(to++, 0);
    }
  }
  n = to - at;
  used += (n + 7) & ~7;
  return at;
}

function printable(at: usize, size: u32): string {
  let out = '';
  for (let i: u32 = 0; i < size; i++) {
    const c = load<u8>(at + i);
    out += c >= 32 && c < 127 ? String.fromCharCode(c) : '\\' + (<u32>c).toString(16);
  }
  return out;
}

/** Forgets all texts and pairs that were passed in. */
export function fresh(): void {
  used = 0;
}

function clear(): void {
  memory.fill(A, 0, 64);
}

/** A status, and what was given with it at `A`. */
function given(status: i32): string {
  const at = load<u32>(A);
  const size = load<u32>(A + 4);
  return status.toString() + (status == 0 ? ' [' + size.toString() + '] ' + printable(at, size) : '');
}

function word(status: i32): string {
  return status.toString() + ' ' + load<u32>(A).toString();
}

function each(name: string, result: string): void {
  say(name + ': ' + result);
  clear();
}

/** The answer to a callout has a header that says how many milliseconds it took: as a whole it is always another. */
function timed(type: i32, phase: string): bool {
  return type == 6 && phase == 'http_call_response';
}

// A literal, because what is computed when the module starts would lie in memory that is given back.
const properties: StaticArray<string> = [
  'plugin_name',
  'plugin_root_id',
  'plugin_vm_id',
  'nothing',
  'request.path',
  'request|path',
  'request|method',
  'request|host',
  'request|headers|x-in',
  'request|headers',
  'request|protocol',
  'request|size',
  'request|total_size',
  'request|query',
  'response|code',
  'response|code_details',
  'response|flags',
  'response|size',
  'response|headers|x-up',
  'response|grpc_status',
  'response|trailers|x-u',
  'xds|listener_direction',
  'xds|route_name',
  'xds|cluster_name',
  'listener_direction',
  'route_name',
  'cluster_name',
  'connection|mtls',
  'connection|requested_server_name',
  'upstream|tls_version',
  'metadata',
  'filter_state',
  'request',
];

const expressions: StaticArray<string> = [
  'plugin_name',
  'plugin_vm_id',
  'nothing',
  'request.path',
  'request.headers["x-in"]',
  'has(request.method)',
  'size(request.headers) > 3',
  'request.size',
  'response.code',
  'has(response.trailers["x-u"])',
  'response.flags + 1',
  'connection.mtls',
  'has(upstream.tls_version)',
  'xds.route_name',
  'xds',
  'has(xds.cluster_name)',
  'has(metadata.nothing)',
  'has(metadata.filter_metadata.nothing)',
  'metadata.filter_metadata',
  'metadata',
  'filter_state.nothing',
  'source',
  '1 + 1',
];

/** Makes a host call of the matrix with the arguments that its row stands for, and says what came of it. */
export function make(call: string, phase: string, ctx: i32): void {
  used = 0;
  clear();
  if (call == 'log') {
    const at = p('a line');
    for (let level = 0; level < 7; level++) each(level.toString(), host.proxy_log(level, at, n).toString());
    each('-1', host.proxy_log(-1, at, n).toString());
    each('bad pointer', host.proxy_log(2, 0xfffffff0, 100).toString());
  } else if (call == 'get_log_level') {
    // @ts-ignore
    if (ABI == 21) {
      each('', word(host.proxy_get_log_level(A)));
      each('bad pointer', host.proxy_get_log_level(0xfffffffe).toString());
    }
  } else if (call == 'get_configuration') {
    // @ts-ignore
    if (ABI == 10) {
      each('', given(host.proxy_get_configuration(A, A + 4)));
      each('bad pointer', host.proxy_get_configuration(0xfffffffe, A).toString());
    }
  } else if (call == 'clear_route_cache') {
    // @ts-ignore
    if (ABI == 10) each('', host.proxy_clear_route_cache().toString());
  } else if (call == 'get_current_time_nanoseconds') {
    each('', host.proxy_get_current_time_nanoseconds(A).toString());
    each('bad pointer', host.proxy_get_current_time_nanoseconds(0xfffffffe).toString());
  } else if (call == 'set_tick_period_milliseconds') {
    each('', host.proxy_set_tick_period_milliseconds(3600000).toString());
    each('0', host.proxy_set_tick_period_milliseconds(0).toString());
  } else if (call == 'get_property') {
    for (let i = 0; i < properties.length; i++) {
      used = 0;
      const status = host.proxy_get_property(p(properties[i]), n, A, A + 4);
      // Envoy keeps them in a hash map: their order is another one each time.
      if (properties[i] == 'request|headers') each(properties[i], status.toString() + ' ' + load<u32>(A + 4).toString());
      else each(properties[i], given(status));
    }
    each('empty', given(host.proxy_get_property(0, 0, A, A + 4)));
    each('bad pointer', host.proxy_get_property(0xfffffff0, 100, A, A + 4).toString());
  } else if (call == 'set_property') {
    const value = p('v');
    each('flat', host.proxy_set_property(p('flat'), n, value, 1).toString());
    each('flat', given(host.proxy_get_property(p('flat'), n, A, A + 4)));
    each('flat', given(host.proxy_get_property(p('filter_state|wasm.flat'), n, A, A + 4)));
    each('again', host.proxy_set_property(p('flat'), n, value, 0).toString());
    each('again', given(host.proxy_get_property(p('flat'), n, A, A + 4)));
    each('deep', host.proxy_set_property(p('deep|er'), n, value, 1).toString());
    each('deep', given(host.proxy_get_property(p('deep|er'), n, A, A + 4)));
    each('request|path', host.proxy_set_property(p('request|path'), n, value, 1).toString());
    each('empty', host.proxy_set_property(0, 0, value, 1).toString());
  } else if (call == 'get_buffer_bytes') {
    for (let type = 0; type < buffers; type++) {
      each(type.toString(), given(host.proxy_get_buffer_bytes(type, 0, 1000, A, A + 4)));
      each(type.toString() + ' part', given(host.proxy_get_buffer_bytes(type, 1, 2, A, A + 4)));
      each(type.toString() + ' behind', given(host.proxy_get_buffer_bytes(type, 5000, 2, A, A + 4)));
      each(type.toString() + ' overflow', given(host.proxy_get_buffer_bytes(type, 1, -1, A, A + 4)));
    }
  } else if (call == 'get_buffer_status') {
    for (let type = 0; type < buffers; type++) {
      const status = host.proxy_get_buffer_status(type, A, A + 4);
      each(type.toString(), word(status) + ' ' + load<u32>(A + 4).toString());
    }
  } else if (call == 'set_buffer_bytes') {
    const text = p('<>');
    for (let type = 0; type < buffers; type++) {
      each(type.toString() + ' before', host.proxy_set_buffer_bytes(type, 0, 0, text, 1).toString());
      each(type.toString() + ' after', host.proxy_set_buffer_bytes(type, 1 << 20, 0, text + 1, 1).toString());
      each(type.toString() + ' within', host.proxy_set_buffer_bytes(type, 1, 1, text, 1).toString());
      each(type.toString() + ' instead', host.proxy_set_buffer_bytes(type, 0, 2, text, 2).toString());
    }
  } else if (call == 'get_header_map_size') {
    for (let type = 0; type < maps; type++)
      if (!timed(type, phase)) each(type.toString(), word(host.proxy_get_header_map_size(type, A)));
  } else if (call == 'get_header_map_pairs') {
    for (let type = 0; type < maps; type++)
      if (!timed(type, phase)) each(type.toString(), given(host.proxy_get_header_map_pairs(type, A, A + 4)));
  } else if (call == 'set_header_map_pairs') {
    for (let type = 0; type < maps; type++) {
      used = 0;
      const at = pairs(
        type == 0
          ? ':method=POST,:path=/set,:authority=set,:scheme=http,x-forwarded-proto=http,x-set=1,x-set=2'
          : type == 2
            ? ':status=201,x-up=set,x-set=1,x-set=2'
            : 'x-set=1',
      );
      each(type.toString(), host.proxy_set_header_map_pairs(type, at, n).toString());
    }
  } else if (call == 'get_header_map_value') {
    const keys = ':path :status X-Twice x-t x-u :none'.split(' ');
    for (let type = 0; type < maps; type++)
      for (let i = 0; i < keys.length; i++) {
        used = 0;
        const status = host.proxy_get_header_map_value(type, p(keys[i]), n, A, A + 4);
        each(type.toString() + ' ' + keys[i], given(status));
      }
  } else if (call == 'add_header_map_value') {
    const key = p('X-Twice');
    for (let type = 0; type < maps; type++)
      each(type.toString(), host.proxy_add_header_map_value(type, key, n, key, 3).toString());
  } else if (call == 'replace_header_map_value') {
    const key = p('X-Twice');
    for (let type = 0; type < maps; type++)
      each(type.toString(), host.proxy_replace_header_map_value(type, key, n, key, 3).toString());
  } else if (call == 'remove_header_map_value') {
    for (let type = 0; type < maps; type++) {
      used = 0;
      each(type.toString(), host.proxy_remove_header_map_value(type, p('X-Twice'), n).toString());
      each(type.toString() + ' absent', host.proxy_remove_header_map_value(type, p('x-none'), n).toString());
    }
  } else if (call == 'continue_stream(request)') {
    each('', goOn(0).toString());
  } else if (call == 'continue_stream(response)') {
    each('', goOn(1).toString());
  } else if (call == 'continue_stream(others)') {
    // @ts-ignore
    if (ABI != 10) for (let type = 2; type < 5; type++) each(type.toString(), host.proxy_continue_stream(type).toString());
  } else if (call == 'close_stream(request)') {
    // @ts-ignore
    if (ABI != 10) each('', host.proxy_close_stream(0).toString());
  } else if (call == 'close_stream(response)') {
    // @ts-ignore
    if (ABI != 10) each('', host.proxy_close_stream(1).toString());
  } else if (call == 'close_stream(others)') {
    // @ts-ignore
    if (ABI != 10) for (let type = 2; type < 5; type++) each(type.toString(), host.proxy_close_stream(type).toString());
  } else if (call == 'send_local_response') {
    const details = p('some details');
    const body = p('short and stout');
    const headers = pairs('x-local=1,X-Upper=2');
    each('', host.proxy_send_local_response(418, details, 12, body, 15, headers, n, -1).toString());
    each('bad pointer', host.proxy_send_local_response(418, 0xfffffff0, 100, 0, 0, 0, 0, -1).toString());
  } else if (call == 'http_call') {
    const full = ':method=GET,:path=/ask,:authority=a';
    const missing = ':method=GET,:path=/ask';
    each('', word(httpCall('silent', full)));
    each('unknown cluster', word(httpCall('nowhere', full)));
    each('no :authority', word(httpCall('silent', missing)));
  } else if (call == 'grpc_call') {
    each('', word(grpcCall('silent')));
    each('unknown cluster', word(grpcCall('nowhere')));
  } else if (call == 'grpc_stream') {
    each('', word(grpcStream('silent')));
    each('unknown cluster', word(grpcStream('nowhere')));
  } else if (call == 'grpc_send') {
    grpcStream('silent');
    const stream = load<u32>(A);
    each('', host.proxy_grpc_send(stream, words, 2, 0).toString());
    each('end', host.proxy_grpc_send(stream, words, 2, 1).toString());
    for (let id = 4004; id < 4008; id++)
      each(id.toString(), host.proxy_grpc_send(id, words, 2, 0).toString());
  } else if (call == 'grpc_cancel') {
    grpcStream('silent');
    const stream = load<u32>(A);
    each('stream', host.proxy_grpc_cancel(stream).toString());
    each('again', host.proxy_grpc_cancel(stream).toString());
    grpcCall('silent');
    each('call', host.proxy_grpc_cancel(load<u32>(A)).toString());
    for (let id = 4004; id < 4008; id++) each(id.toString(), host.proxy_grpc_cancel(id).toString());
  } else if (call == 'grpc_close') {
    grpcStream('silent');
    const stream = load<u32>(A);
    each('stream', host.proxy_grpc_close(stream).toString());
    each('again', host.proxy_grpc_close(stream).toString());
    grpcCall('silent');
    each('call', host.proxy_grpc_close(load<u32>(A)).toString());
    for (let id = 4004; id < 4008; id++) each(id.toString(), host.proxy_grpc_close(id).toString());
  } else if (call == 'get_status') {
    const status = host.proxy_get_status(A + 8, A, A + 4);
    each('', load<u32>(A + 8).toString() + ' ' + given(status));
  } else if (call == 'get_shared_data') {
    each('absent', given(host.proxy_get_shared_data(p('absent'), n, A, A + 4, A + 8)));
    each('cas', load<u32>(A + 8).toString());
  } else if (call == 'set_shared_data') {
    const value = p('value');
    each('cas of an absent key', host.proxy_set_shared_data(p('k'), n, value, 5, 77777).toString());
    each('set', host.proxy_set_shared_data(p('k'), n, value, 5, 0).toString());
    const status = host.proxy_get_shared_data(p('k'), n, A, A + 4, A + 8);
    const cas = load<u32>(A + 8);
    each('get', given(status) + (cas == 0 ? '' : ' cas'));
    each('old cas', host.proxy_set_shared_data(p('k'), n, value, 5, 77777).toString());
    each('cas', host.proxy_set_shared_data(p('k'), n, value, 0, cas).toString());
    each('emptied', given(host.proxy_get_shared_data(p('k'), n, A, A + 4, A + 8)));
  } else if (call == 'register_shared_queue') {
    const status = host.proxy_register_shared_queue(p('q'), n, A);
    each('', status.toString() + (load<u32>(A) == 0 ? '' : ' token'));
    const token = load<u32>(A);
    host.proxy_register_shared_queue(p('q'), n, A);
    each('again', load<u32>(A) == token ? 'same' : 'other');
  } else if (call == 'resolve_shared_queue') {
    each('absent', word(host.proxy_resolve_shared_queue(0, 0, p('none'), n, A)));
    each('of another VM', word(host.proxy_resolve_shared_queue(p('other'), 5, p('none'), n, A)));
    host.proxy_register_shared_queue(p('r'), n, A);
    each('', host.proxy_resolve_shared_queue(0, 0, p('r'), n, A + 4).toString());
  } else if (call == 'enqueue_shared_queue') {
    each('absent', host.proxy_enqueue_shared_queue(99999, words, 1).toString());
  } else if (call == 'dequeue_shared_queue') {
    each('absent', given(host.proxy_dequeue_shared_queue(99999, A, A + 4)));
    host.proxy_register_shared_queue(p('d'), n, A + 8);
    each('empty', given(host.proxy_dequeue_shared_queue(load<u32>(A + 8), A, A + 4)));
  } else if (call == 'define_metric') {
    for (let type = 0; type < 4; type++) each(type.toString(), word(host.proxy_define_metric(type, p(phase + '_m'), n, A)));
    each('again', word(host.proxy_define_metric(0, p(phase + '_m'), n, A)));
  } else if (call == 'increment_metric') {
    const offsets: StaticArray<i64> = [2, 0, -3];
    for (let type = 0; type < 3; type++) {
      host.proxy_define_metric(type, p(phase + '_i' + type.toString()), n, A);
      const id = load<u32>(A);
      for (let i = 0; i < 3; i++)
        each(type.toString() + ' ' + offsets[i].toString(), host.proxy_increment_metric(id, offsets[i]).toString());
      const status = host.proxy_get_metric(id, A);
      each(type.toString(), status.toString() + ' ' + load<u64>(A).toString());
    }
    each('unknown', host.proxy_increment_metric(4003, 1).toString());
    each('unknown counter', host.proxy_increment_metric(4000, 1).toString());
  } else if (call == 'record_metric') {
    for (let type = 0; type < 3; type++) {
      host.proxy_define_metric(type, p(phase + '_r' + type.toString()), n, A);
      const id = load<u32>(A);
      each(type.toString(), host.proxy_record_metric(id, 7).toString());
      each(type.toString(), host.proxy_record_metric(id, 3).toString());
      const status = host.proxy_get_metric(id, A);
      each(type.toString(), status.toString() + ' ' + load<u64>(A).toString());
    }
    each('unknown', host.proxy_record_metric(4003, 1).toString());
  } else if (call == 'get_metric') {
    for (let id = 4000; id < 4004; id++) each(id.toString(), host.proxy_get_metric(id, A).toString());
    host.proxy_define_metric(1, p(phase + '_g'), n, A);
    const gauge = load<u32>(A);
    each('', host.proxy_get_metric(gauge, A).toString() + ' ' + load<u64>(A).toString());
    each('bad pointer', host.proxy_get_metric(gauge, 0xfffffffe).toString());
  } else if (call == 'set_effective_context') {
    each('unknown', host.proxy_set_effective_context(99999).toString());
    each('none', host.proxy_set_effective_context(0).toString());
    each('root', host.proxy_set_effective_context(1).toString());
    each('root', given(host.proxy_get_header_map_value(0, p(':path'), n, A, A + 4)));
    each('own', host.proxy_set_effective_context(ctx).toString());
    each('own', given(host.proxy_get_header_map_value(0, p(':path'), n, A, A + 4)));
  } else if (call == 'done') {
    each('', host.proxy_done().toString());
  } else if (call == 'call_foreign_function') {
    each('unknown', given(host.proxy_call_foreign_function(p('nothing'), n, 0, 0, A, A + 4)));
    each('clear_route_cache', given(host.proxy_call_foreign_function(p('clear_route_cache'), n, 0, 0, A, A + 4)));
    each('no result', host.proxy_call_foreign_function(p('clear_route_cache'), n, 0, 0, 0, 0).toString());
    const plain = p('aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa');
    each('uncompress', given(host.proxy_call_foreign_function(p('uncompress'), n, plain, 10, A, A + 4)));
  } else if (call == 'call_foreign_function(expr)') {
    for (let i = 0; i < expressions.length; i++) {
      used = 0;
      const text = p(expressions[i]);
      const size = n;
      const created = host.proxy_call_foreign_function(p('expr_create'), n, text, size, A, A + 4);
      // Tokens count for the plugin, through all cells.
      if (created == 0) memory.copy(words + 512, load<u32>(A), 4);
      clear();
      const evaluated = given(host.proxy_call_foreign_function(p('expr_evaluate'), n, words + 512, 4, A, A + 4));
      const deleted = host.proxy_call_foreign_function(p('expr_delete'), n, words + 512, 4, 0, 0);
      each(expressions[i], created.toString() + ' ' + evaluated + ' ' + deleted.toString());
    }
  } else if (call == 'wasi') wasi.all(A, words);
  else if (call == 'wasi(of-go)') {
    // Given to the compiler: 0 for an Envoy before 1.39, which does not load a module that imports them.
    // @ts-ignore
    if (WASI_OF_GO) wasi.ofGo(A);
  }
  else say('no such call');
}

/** Lets a direction go on. `ABI` is given to the compiler: 10 for 0.1.0, 20, 21. */
export function goOn(type: i32): i32 {
  // @ts-ignore
  if (ABI == 10) return type == 0 ? host.proxy_continue_request() : host.proxy_continue_response();
  else return host.proxy_continue_stream(type);
}

export function httpCall(cluster: string, headers: string): i32 {
  const to = p(cluster);
  const size = n;
  const at = pairs(headers);
  return host.proxy_http_call(to, size, at, n, 0, 0, 0, 0, 60000, A);
}

export function grpcCall(cluster: string): i32 {
  const to = p(cluster);
  const size = n;
  const text = p('a.Service/Method');
  return host.proxy_grpc_call(to, size, text, 9, text + 10, 6, 0, 0, 0, 0, 60000, A);
}

export function grpcStream(cluster: string): i32 {
  const to = p(cluster);
  const size = n;
  const text = p('a.Service/Method');
  return host.proxy_grpc_stream(to, size, text, 9, text + 10, 6, 0, 0, A);
}

export function register(name: string): u32 {
  host.proxy_register_shared_queue(p(name), n, A);
  return load<u32>(A);
}
