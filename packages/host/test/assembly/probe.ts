// A filter that does what its configuration says, and logs what every host call returned. One line per step:
//
//     <callback> <operation> <argument> …
//
// Callbacks: start configure reqh reqb reqt resh resb rest log done tick call queue. In arguments `+` is a space, `|` a NUL, `~` nothing;
// one that begins with `hex:` is bytes.
import * as host from './host';

let script: string[] = [];
const A: usize = memory.data(16);

export function proxy_abi_version_0_2_1(): void {}

export function malloc(size: usize): usize {
  return heap.alloc(size);
}

function say(level: i32, text: string): void {
  const b = String.UTF8.encode(text);
  host.proxy_log(level, changetype<usize>(b), b.byteLength);
}

export function abort(message: string | null, file: string | null, line: u32, column: u32): void {
  say(5, 'abort: ' + (message ? message! : ''));
  unreachable();
}

function taken(status: i32): string {
  if (status != 0) return status.toString();
  const size = load<u32>(A + 4);
  return '0 [' + size.toString() + '] ' + show(load<u32>(A), size);
}

function show(at: usize, size: u32): string {
  let out = '';
  for (let i: u32 = 0; i < size; i++) {
    const c = load<u8>(at + i);
    out +=
      c >= 33 && c < 127
        ? String.fromCharCode(c)
        : c == 32
          ? ' '
          : '\\x' + (c < 16 ? '0' : '') + (<u32>c).toString(16);
  }
  return out;
}

function bytes(text: string): ArrayBuffer {
  if (text == '~') return new ArrayBuffer(0);
  if (text.startsWith('hex:')) return fromHex(text.slice(4));
  let s = text.replaceAll('+', ' ').replaceAll('|', '\0');
  return String.UTF8.encode(s);
}

function fromHex(digits: string): ArrayBuffer {
  const out = new Uint8Array(digits.length / 2);
  for (let i = 0; i < out.length; i++) out[i] = <u8>u32.parse(digits.substr(i * 2, 2), 16);
  return out.buffer;
}

function ptr(b: ArrayBuffer): usize {
  return changetype<usize>(b);
}

// k=v,k=v as serialized pairs
function pairs(text: string): ArrayBuffer {
  if (text == '~') return new ArrayBuffer(0);
  const items = text.split(',');
  let total = 4;
  const parts: ArrayBuffer[] = [];
  for (let i = 0; i < items.length; i++) {
    const at = items[i].indexOf('=');
    parts.push(bytes(items[i].substring(0, at)));
    parts.push(bytes(items[i].substring(at + 1)));
  }
  for (let i = 0; i < parts.length; i++) total += 5 + parts[i].byteLength;
  const out = new ArrayBuffer(total);
  let p = ptr(out);
  store<u32>(p, items.length);
  p += 4;
  for (let i = 0; i < parts.length; i++) {
    store<u32>(p, parts[i].byteLength);
    p += 4;
  }
  for (let i = 0; i < parts.length; i++) {
    memory.copy(p, ptr(parts[i]), parts[i].byteLength);
    p += parts[i].byteLength;
    store<u8>(p, 0);
    p += 1;
  }
  return out;
}

function recurse(n: i32): i32 {
  return recurse(n + 1) + 1;
}

function run(callback: string, ctx: i32, size: i32, end: bool): i32 {
  let result = callback == 'start' || callback == 'configure' || callback == 'done' ? 1 : 0;
  for (let i = 0; i < script.length; i++) {
    const w = script[i].split(' ');
    if (w.length < 2 || w[0] != callback) continue;
    const op = w[1];
    const a = w.length > 2 ? bytes(w[2]) : new ArrayBuffer(0);
    const b = w.length > 3 ? bytes(w[3]) : new ArrayBuffer(0);
    const c = w.length > 4 ? bytes(w[4]) : new ArrayBuffer(0);
    const n = w.length > 2 ? <i32>I64.parseInt(w[2]) : 0;
    let out = '';
    store<u64>(A, 0);
    store<u64>(A + 8, 0);
    if (op == 'say') out = w.length > 2 ? w[2] : '';
    else if (op == 'args') out = size.toString() + ' ' + (end ? 'end' : 'more');
    else if (op == 'ret') {
      result = n;
      continue;
    } else if (op == 'retmore') {
      if (!end) result = n;
      continue;
    } else if (op == 'log') {
      out = host.proxy_log(n, ptr(b), b.byteLength).toString();
    } else if (op == 'loglevel') {
      out = host.proxy_get_log_level(A).toString() + ' ' + load<u32>(A).toString();
    } else if (op == 'add')
      out = host.proxy_add_header_map_value(n, ptr(b), b.byteLength, ptr(c), c.byteLength).toString();
    else if (op == 'rep')
      out = host.proxy_replace_header_map_value(n, ptr(b), b.byteLength, ptr(c), c.byteLength).toString();
    else if (op == 'del') out = host.proxy_remove_header_map_value(n, ptr(b), b.byteLength).toString();
    else if (op == 'get') out = taken(host.proxy_get_header_map_value(n, ptr(b), b.byteLength, A, A + 4));
    else if (op == 'pairs') out = taken(host.proxy_get_header_map_pairs(n, A, A + 4));
    else if (op == 'npairs') {
      out =
        host.proxy_get_header_map_pairs(n, A, A + 4).toString() +
        ' ' +
        (load<u32>(A) == 0 ? 'null' : load<u32>(load<u32>(A)).toString());
    } else if (op == 'setpairs') {
      const p = pairs(w[3]);
      out = host.proxy_set_header_map_pairs(n, ptr(p), p.byteLength).toString();
    } else if (op == 'mapsize')
      out = host.proxy_get_header_map_size(n, A).toString() + ' ' + load<u32>(A).toString();
    else if (op == 'buf')
      out = taken(host.proxy_get_buffer_bytes(n, <i32>I64.parseInt(w[3]), <i32>I64.parseInt(w[4]), A, A + 4));
    else if (op == 'bufstatus')
      out = host.proxy_get_buffer_status(n, A, A + 4).toString() + ' ' + load<u32>(A).toString();
    else if (op == 'setbuf') {
      const d = bytes(w[5]);
      out = host
        .proxy_set_buffer_bytes(n, <i32>I64.parseInt(w[3]), <i32>I64.parseInt(w[4]), ptr(d), d.byteLength)
        .toString();
    } else if (op == 'prop') out = taken(host.proxy_get_property(ptr(a), a.byteLength, A, A + 4));
    else if (op == 'setprop')
      out = host.proxy_set_property(ptr(a), a.byteLength, ptr(b), b.byteLength).toString();
    else if (op == 'continue') out = host.proxy_continue_stream(n).toString();
    else if (op == 'close') out = host.proxy_close_stream(n).toString();
    else if (op == 'local') {
      const h = pairs(w.length > 5 ? w[5] : '~');
      out = host
        .proxy_send_local_response(
          n,
          ptr(b),
          b.byteLength,
          ptr(c),
          c.byteLength,
          ptr(h),
          h.byteLength,
          w.length > 6 ? <i32>I64.parseInt(w[6]) : -1,
        )
        .toString();
    } else if (op == 'http') {
      const h = pairs(w[3]);
      out =
        host
          .proxy_http_call(ptr(a), a.byteLength, ptr(h), h.byteLength, ptr(c), c.byteLength, 0, 0, 1000, A)
          .toString() +
        ' ' +
        load<u32>(A).toString();
    } else if (op == 'grpc')
      out = host.proxy_grpc_call(ptr(a), a.byteLength, 0, 0, 0, 0, 0, 0, 0, 0, 0, A).toString();
    else if (op == 'grpcclose') out = host.proxy_grpc_close(n).toString();
    else if (op == 'status') {
      const s = host.proxy_get_status(A + 8, A, A + 4);
      out = load<u32>(A + 8).toString() + ' ' + taken(s);
    } else if (op == 'shared') {
      const s = host.proxy_get_shared_data(ptr(a), a.byteLength, A, A + 4, A + 8);
      out = taken(s) + (load<u32>(A + 8) == 0 ? '' : ' cas');
    } else if (op == 'share')
      out = host
        .proxy_set_shared_data(
          ptr(a),
          a.byteLength,
          ptr(b),
          b.byteLength,
          w.length > 4 ? <i32>I64.parseInt(w[4]) : 0,
        )
        .toString();
    else if (op == 'register')
      out =
        host.proxy_register_shared_queue(ptr(a), a.byteLength, A).toString() + ' ' + load<u32>(A).toString();
    else if (op == 'resolve')
      out =
        host.proxy_resolve_shared_queue(ptr(a), a.byteLength, ptr(b), b.byteLength, A).toString() +
        ' ' +
        load<u32>(A).toString();
    else if (op == 'enqueue') out = host.proxy_enqueue_shared_queue(n, ptr(b), b.byteLength).toString();
    else if (op == 'dequeue') out = taken(host.proxy_dequeue_shared_queue(n, A, A + 4));
    else if (op == 'define')
      out = host.proxy_define_metric(n, ptr(b), b.byteLength, A).toString() + ' ' + load<u32>(A).toString();
    else if (op == 'increment') out = host.proxy_increment_metric(n, I64.parseInt(w[3])).toString();
    else if (op == 'record') out = host.proxy_record_metric(n, I64.parseInt(w[3])).toString();
    else if (op == 'metric') out = host.proxy_get_metric(n, A).toString() + ' ' + load<u64>(A).toString();
    else if (op == 'effective') out = host.proxy_set_effective_context(n).toString();
    else if (op == 'pdone') out = host.proxy_done().toString();
    else if (op == 'foreign')
      out = taken(host.proxy_call_foreign_function(ptr(a), a.byteLength, ptr(b), b.byteLength, A, A + 4));
    else if (op == 'tick') out = host.proxy_set_tick_period_milliseconds(n).toString();
    else if (op == 'badpointer')
      out =
        host.proxy_log(2, 0xffffff00, 100).toString() +
        ' ' +
        host.proxy_get_property(0, 4, 0xfffffffe, 0xfffffffe).toString() +
        ' ' +
        host.proxy_get_header_map_pairs(0, 0xfffffffe, 0).toString();
    else if (op == 'trap') unreachable();
    else if (op == 'oob') out = load<u32>(0xfffffff0).toString();
    else if (op == 'overflow') out = recurse(0).toString();
    else if (op == 'loop') {
      while (true) store<u32>(A, load<u32>(A) + 1);
    } else if (op == 'grow') out = memory.grow(n).toString();
    else out = 'unknown operation ' + op;
    say(
      2,
      callback +
        ' ' +
        op +
        (w.length > 2 && op != 'say' ? ' ' + w[2] : '') +
        (w.length > 3 ? ' ' + w[3] : '') +
        ': ' +
        out,
    );
  }
  return result;
}

export function proxy_on_context_create(ctx: i32, parent: i32): void {
  if (parent != 0) run('create', ctx, 0, false);
}

function read(type: i32): void {
  store<u64>(A, 0);
  if (host.proxy_get_buffer_bytes(type, 0, 1 << 20, A, A + 4) == 0) {
    const text = String.UTF8.decodeUnsafe(load<u32>(A), load<u32>(A + 4));
    if (text.length > 0) script = script.concat(text.split('\n'));
  }
}

export function proxy_on_vm_start(ctx: i32, size: i32): i32 {
  read(6);
  return run('start', ctx, size, true);
}
export function proxy_on_configure(ctx: i32, size: i32): i32 {
  read(7);
  return run('configure', ctx, size, true);
}
export function proxy_on_request_headers(ctx: i32, n: i32, end: i32): i32 {
  return run('reqh', ctx, n, end != 0);
}
export function proxy_on_request_body(ctx: i32, n: i32, end: i32): i32 {
  return run('reqb', ctx, n, end != 0);
}
export function proxy_on_request_trailers(ctx: i32, n: i32): i32 {
  return run('reqt', ctx, n, true);
}
export function proxy_on_response_headers(ctx: i32, n: i32, end: i32): i32 {
  return run('resh', ctx, n, end != 0);
}
export function proxy_on_response_body(ctx: i32, n: i32, end: i32): i32 {
  return run('resb', ctx, n, end != 0);
}
export function proxy_on_response_trailers(ctx: i32, n: i32): i32 {
  return run('rest', ctx, n, true);
}
export function proxy_on_log(ctx: i32): void {
  run('log', ctx, 0, true);
}
export function proxy_on_done(ctx: i32): i32 {
  return (
    run(ctx == 1 ? 'rootdone' : 'done', ctx, 0, true) |
    (ctx == 1 && script.indexOf('rootdone wait') < 0 ? 1 : 0)
  );
}
export function proxy_on_delete(ctx: i32): void {
  run(ctx == 1 ? 'rootdelete' : 'delete', ctx, 0, true);
}
export function proxy_on_tick(ctx: i32): void {
  run('tick', ctx, 0, true);
}
export function proxy_on_http_call_response(
  ctx: i32,
  token: i32,
  headers: i32,
  size: i32,
  trailers: i32,
): void {
  say(
    2,
    'call args: ' +
      token.toString() +
      ' ' +
      headers.toString() +
      ' ' +
      size.toString() +
      ' ' +
      trailers.toString(),
  );
  run('call', ctx, size, true);
}
export function proxy_on_queue_ready(ctx: i32, queue: i32): void {
  run('queue', ctx, queue, true);
}
