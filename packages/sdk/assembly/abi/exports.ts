/**
 * The functions that the host calls. The SDK's compiler transform exports those that a filter's classes override (the first
 * five always); a number the host has never announced is answered with the neutral result, never with a trap.
 */
import { Plugin } from '../plugin';
import { createPlugin, explainMissingPlugin } from '../registry';
import { GrpcCallout, cancelGrpcOf } from '../grpc/callout';
import { grpcCloseMessage, takeGrpcMessage } from '../grpc/received';
import { HttpCall } from '../http-call';
import { HttpFilter } from '../http-filter';
import { Peer, TcpFilter } from '../tcp-filter';
import { SharedQueue } from '../shared-queue';
import { StreamFilter } from '../stream-filter';
import { addPlugin, addStream, enter, findPlugin, findStream, isOutermost, removeContext } from './contexts';
import { allocateForHost } from './memory';

/**
 * To be called first in a callback that may allocate. With the SDK's runtime this is when garbage is collected: the host calls in,
 * so nothing of the filter is on the stack.
 */
function betweenCallbacks(): void {
  if (isDefined(__collectWhenDue)) {
    if (isOutermost()) __collectWhenDue();
  }
}

/** The plugin of a number, which is served from now on. */
function servePlugin(id: i32): Plugin | null {
  enter(id);
  return findPlugin(id);
}

function serveStream(id: i32): StreamFilter | null {
  enter(id);
  return findStream(id);
}

// The proxy calls a context as what it was made for. Should a TcpFilter stand among HTTP filters all the same, its class has none of
// these methods, and the compiler's dispatch by class gives the neutral ones.

function serveHttp(id: i32): HttpFilter | null {
  return changetype<HttpFilter | null>(serveStream(id));
}

function serveTcp(id: i32): TcpFilter | null {
  return changetype<TcpFilter | null>(serveStream(id));
}

// ---- always

/** Marks the ABI; never called. */
// One of the two is exported: see src/abi-version.ts.
export function proxy_abi_version_0_2_1(): void {}
export function proxy_abi_version_0_2_0(): void {}

export function proxy_on_memory_allocate(size: usize): usize {
  return allocateForHost(size);
}

export function proxy_on_context_create(id: i32, parent: i32): void {
  betweenCallbacks();
  if (parent == 0) {
    // Without a plugin `proxy_on_configure` refuses: this callback has no answer to refuse by.
    enter(id);
    const plugin = createPlugin();
    if (plugin !== null) addPlugin(id, plugin);
  } else {
    const plugin = findPlugin(parent);
    enter(id);
    if (plugin !== null) addStream(id, plugin.createFilter());
  }
}

export function proxy_on_configure(id: i32, size: i32): i32 {
  const plugin = servePlugin(id);
  if (plugin === null) {
    explainMissingPlugin();
    return 0;
  }
  return i32(plugin.onConfigure());
}

export function proxy_on_delete(id: i32): void {
  cancelGrpcOf(id);
  removeContext(id);
}

// ---- when Plugin's method is overridden

export function proxy_on_vm_start(id: i32, size: i32): i32 {
  const plugin = servePlugin(id);
  // Without a plugin the configuration is refused, one call later and with the reason.
  return plugin === null ? 1 : i32(plugin.onVmStart());
}

export function proxy_on_tick(id: i32): void {
  betweenCallbacks();
  const plugin = servePlugin(id);
  if (plugin !== null) plugin.onTick();
}

export function proxy_on_queue_ready(id: i32, queue: u32): void {
  betweenCallbacks();
  const plugin = servePlugin(id);
  if (plugin !== null) plugin.onQueueReady(new SharedQueue(queue));
}

export function proxy_on_foreign_function(id: i32, called: u32, size: i32): void {
  betweenCallbacks();
  const plugin = servePlugin(id);
  if (plugin !== null) plugin.onForeignFunction(called, size);
}

// ---- when onDone of either is overridden

export function proxy_on_done(id: i32): i32 {
  const stream = serveStream(id);
  if (stream !== null) {
    stream.onDone();
    return 1;
  }
  const plugin = servePlugin(id);
  return plugin === null ? 1 : i32(plugin.onDone());
}

// ---- when HttpFilter's method is overridden

export function proxy_on_request_headers(id: i32, count: i32, endOfStream: i32): i32 {
  const stream = serveHttp(id);
  return stream === null ? 0 : stream.onRequestHeaders(endOfStream != 0);
}

export function proxy_on_request_body(id: i32, size: i32, endOfStream: i32): i32 {
  betweenCallbacks();
  const stream = serveHttp(id);
  return stream === null ? 0 : stream.onRequestBody(size, endOfStream != 0);
}

export function proxy_on_request_trailers(id: i32, count: i32): i32 {
  const stream = serveHttp(id);
  return stream === null ? 0 : stream.onRequestTrailers();
}

export function proxy_on_response_headers(id: i32, count: i32, endOfStream: i32): i32 {
  const stream = serveHttp(id);
  return stream === null ? 0 : stream.onResponseHeaders(endOfStream != 0);
}

export function proxy_on_response_body(id: i32, size: i32, endOfStream: i32): i32 {
  betweenCallbacks();
  const stream = serveHttp(id);
  return stream === null ? 0 : stream.onResponseBody(size, endOfStream != 0);
}

export function proxy_on_response_trailers(id: i32, count: i32): i32 {
  const stream = serveHttp(id);
  return stream === null ? 0 : stream.onResponseTrailers();
}

// ---- when StreamFilter's method is overridden

export function proxy_on_log(id: i32): void {
  const stream = serveStream(id);
  if (stream !== null) stream.onLog();
}

// ---- when TcpFilter's method is overridden

export function proxy_on_new_connection(id: i32): i32 {
  const stream = serveTcp(id);
  return stream === null ? 0 : stream.onNewConnection();
}

export function proxy_on_downstream_data(id: i32, size: i32, endOfStream: i32): i32 {
  betweenCallbacks();
  const stream = serveTcp(id);
  return stream === null ? 0 : stream.onDownstreamData(size, endOfStream != 0);
}

export function proxy_on_upstream_data(id: i32, size: i32, endOfStream: i32): i32 {
  betweenCallbacks();
  const stream = serveTcp(id);
  return stream === null ? 0 : stream.onUpstreamData(size, endOfStream != 0);
}

export function proxy_on_downstream_connection_close(id: i32, peer: i32): void {
  const stream = serveTcp(id);
  if (stream !== null) stream.onDownstreamClose(<Peer>peer);
}

export function proxy_on_upstream_connection_close(id: i32, peer: i32): void {
  const stream = serveTcp(id);
  if (stream !== null) stream.onUpstreamClose(<Peer>peer);
}

// ---- when a class for callouts is extended

export function proxy_on_http_call_response(
  root: i32,
  token: i32,
  headers: i32,
  bodySize: i32,
  trailers: i32,
): void {
  betweenCallbacks();
  HttpCall.__arrived(token, headers);
}

export function proxy_on_grpc_receive_initial_metadata(root: i32, token: i32, size: i32): void {
  betweenCallbacks();
  const callout = GrpcCallout.__find(token);
  if (callout !== null) callout.__metadata(false);
}

export function proxy_on_grpc_receive(root: i32, token: i32, size: i32): void {
  betweenCallbacks();
  const callout = GrpcCallout.__find(token);
  if (callout !== null) callout.__message(takeGrpcMessage());
}

export function proxy_on_grpc_receive_trailing_metadata(root: i32, token: i32, size: i32): void {
  betweenCallbacks();
  const callout = GrpcCallout.__find(token);
  if (callout !== null) callout.__metadata(true);
}

export function proxy_on_grpc_close(root: i32, token: i32, status: i32): void {
  betweenCallbacks();
  const callout = GrpcCallout.__find(token);
  GrpcCallout.__forget(token);
  if (callout !== null) callout.onClose(status, grpcCloseMessage());
}
