// The probe of the matrix host call x callback phase. Its configuration is one line:
//
//     <phase> <call> <call> …
//
// A phase that comes once for a VM makes all calls one after the other. For every other phase the n-th stream stands for
// the n-th call: the probe brings the phase about on that stream, makes the call there, and lets the stream go on. Memory
// is given back at the start of each callback, so that pointers are the same whatever happened before. What differs from
// one version of the ABI to the next is in the modules that are made of it: matrix-0-1-0.ts and so on.
import * as cell from './cell';
import * as host from './host';

const kept: usize = memory.data(4096);
let keptSize: i32 = 0;
/** The stream that came last; the root context is 1, so that streams count from 1. */
let streams: i32 = 0;
/** The stream whose callout, tick or queue is awaited; 0 for none. */
let waiting: i32 = 0;
let queue: u32 = 0;

export function malloc(size: usize): usize {
  return heap.alloc(size);
}

function configuration(): string[] {
  if (keptSize == 0 && host.proxy_get_buffer_bytes(7, 0, 4096, cell.A, cell.A + 4) == 0) {
    keptSize = load<i32>(cell.A + 4);
    memory.copy(kept, load<u32>(cell.A), keptSize);
  }
  return String.UTF8.decodeUnsafe(kept, keptSize).split(' ');
}

/** In the phase of this name: makes the call whose turn it is, or all of them. True if there was one. */
function at(phase: string, ctx: i32): bool {
  const words = configuration();
  if (words[0] != phase) return false;
  if (streams > 0) {
    if (streams < words.length) cell.make(words[streams], phase, ctx);
    return true;
  }
  const count = words.length;
  for (let i = 1; i < count; i++) {
    heap.reset();
    const call = configuration()[i];
    cell.say('cell ' + phase + ' ' + call);
    cell.make(call, phase, ctx);
  }
  return true;
}

/** In a callback of the plugin that a stream may wait for. A gRPC callout is over when it is closed, whatever came before. */
function met(phase: string): void {
  if (waiting == 0) return;
  at(phase, 1);
  if (phase.startsWith('grpc_') && phase != 'grpc_close') return;
  const stream = waiting;
  waiting = 0;
  host.proxy_set_tick_period_milliseconds(0);
  host.proxy_set_effective_context(stream);
  cell.goOn(0);
}

/** Brings a phase of the plugin about. True if the stream has to wait for it. */
function bring(phase: string): bool {
  cell.fresh();
  if (phase == 'tick') host.proxy_set_tick_period_milliseconds(1);
  else if (phase == 'http_call_response')
    cell.httpCall('up', ':method=GET,:path=/ask,:authority=a');
  else if (phase == 'queue_ready') {
    if (queue == 0) queue = cell.register('ready');
    host.proxy_enqueue_shared_queue(queue, cell.A, 1);
  } else if (phase.startsWith('grpc_')) cell.grpcStream('grpc');
  else return false;
  return true;
}

export function proxy_on_context_create(ctx: i32, parent: i32): void {
  heap.reset();
  if (parent == 0) {
    at('root_create', ctx);
    return;
  }
  streams = ctx - 1;
  const words = configuration();
  cell.say('cell ' + words[0] + ' ' + (streams < words.length ? words[streams] : 'none'));
  if (!at('create', ctx)) at('tcp_create', ctx);
}
export function proxy_on_vm_start(ctx: i32, size: i32): i32 {
  heap.reset();
  at('vm_start', ctx);
  return 1;
}
export function proxy_on_configure(ctx: i32, size: i32): i32 {
  heap.reset();
  at('configure', ctx);
  return 1;
}
export function requestHeaders(ctx: i32): i32 {
  heap.reset();
  at('request_headers', ctx);
  if (!bring(configuration()[0])) return 0;
  waiting = ctx;
  return 1;
}
export function proxy_on_request_body(ctx: i32, n: i32, end: i32): i32 {
  heap.reset();
  at('request_body', ctx);
  return 0;
}
export function proxy_on_request_trailers(ctx: i32, n: i32): i32 {
  heap.reset();
  at('request_trailers', ctx);
  return 0;
}
export function responseHeaders(ctx: i32): i32 {
  heap.reset();
  at('response_headers', ctx);
  return 0;
}
export function proxy_on_response_body(ctx: i32, n: i32, end: i32): i32 {
  heap.reset();
  at('response_body', ctx);
  return 0;
}
export function proxy_on_response_trailers(ctx: i32, n: i32): i32 {
  heap.reset();
  at('response_trailers', ctx);
  return 0;
}
export function proxy_on_log(ctx: i32): void {
  heap.reset();
  if (!at('log', ctx)) at('tcp_log', ctx);
}
export function proxy_on_done(ctx: i32): i32 {
  heap.reset();
  if (ctx == 1) streams = 0;
  if (ctx == 1) at('root_done', ctx);
  else if (!at('done', ctx)) at('tcp_done', ctx);
  return 1;
}
export function proxy_on_delete(ctx: i32): void {
  heap.reset();
  if (ctx == 1) streams = 0;
  if (ctx == 1) at('root_delete', ctx);
  else if (!at('delete', ctx)) at('tcp_delete', ctx);
}
export function proxy_on_new_connection(ctx: i32): i32 {
  heap.reset();
  at('tcp_new_connection', ctx);
  return 0;
}
export function proxy_on_downstream_data(ctx: i32, size: i32, end: i32): i32 {
  heap.reset();
  if (size > 0) at('tcp_downstream_data', ctx);
  return 0;
}
export function proxy_on_upstream_data(ctx: i32, size: i32, end: i32): i32 {
  heap.reset();
  if (size > 0) at('tcp_upstream_data', ctx);
  return 0;
}
export function proxy_on_downstream_connection_close(ctx: i32, peer: i32): void {
  heap.reset();
  at('tcp_downstream_close', ctx);
}
export function proxy_on_upstream_connection_close(ctx: i32, peer: i32): void {
  heap.reset();
  at('tcp_upstream_close', ctx);
}
export function proxy_on_tick(ctx: i32): void {
  heap.reset();
  met('tick');
}
export function proxy_on_queue_ready(ctx: i32, id: i32): void {
  heap.reset();
  met('queue_ready');
}
export function proxy_on_http_call_response(ctx: i32, token: i32, headers: i32, size: i32, trailers: i32): void {
  heap.reset();
  met('http_call_response');
}
export function proxy_on_grpc_receive_initial_metadata(ctx: i32, token: i32, n: i32): void {
  heap.reset();
  met('grpc_receive_initial_metadata');
}
export function proxy_on_grpc_receive(ctx: i32, token: i32, size: i32): void {
  heap.reset();
  met('grpc_receive');
}
export function proxy_on_grpc_receive_trailing_metadata(ctx: i32, token: i32, n: i32): void {
  heap.reset();
  met('grpc_receive_trailing_metadata');
}
export function proxy_on_grpc_close(ctx: i32, token: i32, status: i32): void {
  heap.reset();
  met('grpc_close');
}
