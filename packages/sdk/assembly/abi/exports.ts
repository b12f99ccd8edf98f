/**
 * The functions that the host calls. The SDK's compiler transform exports those that a filter's classes override (the first
 * five always); a number the host has never announced is answered with the neutral result, never with a trap.
 */
import { createPlugin, explainMissingPlugin } from '../registry';
import { addPlugin, addStream, findPlugin, findStream, removeContext } from './contexts';
import { allocateForHost } from './memory';

/**
 * To be called first in a callback that may allocate. With the SDK's runtime this is when garbage is collected: the host calls in,
 * so nothing of the filter is on the stack.
 */
function betweenCallbacks(): void {
  if (isDefined(__collectWhenDue)) __collectWhenDue();
}

// ---- always

/** Marks the ABI; never called. */
export function proxy_abi_version_0_2_1(): void {}

export function proxy_on_memory_allocate(size: usize): usize {
  return allocateForHost(size);
}

export function proxy_on_context_create(id: i32, parent: i32): void {
  betweenCallbacks();
  if (parent == 0) {
    // Without a plugin `proxy_on_configure` refuses: this callback has no answer to refuse by.
    const plugin = createPlugin();
    if (plugin !== null) addPlugin(id, plugin);
  } else {
    const plugin = findPlugin(parent);
    if (plugin !== null) addStream(id, plugin.createFilter());
  }
}

export function proxy_on_configure(id: i32, size: i32): i32 {
  const plugin = findPlugin(id);
  if (plugin === null) {
    explainMissingPlugin();
    return 0;
  }
  return i32(plugin.onConfigure());
}

export function proxy_on_delete(id: i32): void {
  removeContext(id);
}

// ---- when Plugin's method is overridden

export function proxy_on_vm_start(id: i32, size: i32): i32 {
  const plugin = findPlugin(id);
  // Without a plugin the configuration is refused, one call later and with the reason.
  return plugin === null ? 1 : i32(plugin.onVmStart());
}

export function proxy_on_tick(id: i32): void {
  betweenCallbacks();
  const plugin = findPlugin(id);
  if (plugin !== null) plugin.onTick();
}

// ---- when Plugin.onDone or HttpFilter.onDone is overridden

export function proxy_on_done(id: i32): i32 {
  const stream = findStream(id);
  if (stream !== null) {
    stream.onDone();
    return 1;
  }
  const plugin = findPlugin(id);
  return plugin === null ? 1 : i32(plugin.onDone());
}

// ---- when HttpFilter's method is overridden

export function proxy_on_request_headers(id: i32, count: i32, endOfStream: i32): i32 {
  const stream = findStream(id);
  return stream === null ? 0 : stream.onRequestHeaders(endOfStream != 0);
}

export function proxy_on_request_body(id: i32, size: i32, endOfStream: i32): i32 {
  betweenCallbacks();
  const stream = findStream(id);
  return stream === null ? 0 : stream.onRequestBody(size, endOfStream != 0);
}

export function proxy_on_request_trailers(id: i32, count: i32): i32 {
  const stream = findStream(id);
  return stream === null ? 0 : stream.onRequestTrailers();
}

export function proxy_on_response_headers(id: i32, count: i32, endOfStream: i32): i32 {
  const stream = findStream(id);
  return stream === null ? 0 : stream.onResponseHeaders(endOfStream != 0);
}

export function proxy_on_response_body(id: i32, size: i32, endOfStream: i32): i32 {
  betweenCallbacks();
  const stream = findStream(id);
  return stream === null ? 0 : stream.onResponseBody(size, endOfStream != 0);
}

export function proxy_on_response_trailers(id: i32, count: i32): i32 {
  const stream = findStream(id);
  return stream === null ? 0 : stream.onResponseTrailers();
}

export function proxy_on_log(id: i32): void {
  const stream = findStream(id);
  if (stream !== null) stream.onLog();
}
