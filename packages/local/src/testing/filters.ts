import { createHash } from 'node:crypto';
import type { Sha256 } from '@wasmcast/core';

/** A module for a test. */
export interface TestModule {
  readonly bytes: Uint8Array;
  readonly digest: Sha256;
}

/** Compiles AssemblyScript to a module, without any SDK: what it exports and imports is what stands there. */
export async function compileFilter(source: string): Promise<TestModule> {
  const asc = await import('assemblyscript/asc');
  const stderr = asc.createMemoryStream();
  let bytes: Uint8Array | undefined;
  const result = await asc.main(
    ['filter.ts', '--outFile=filter.wasm', '--runtime=stub', '--exportStart=_initialize', '--use=abort='],
    {
      readFile: (name) => (name === 'filter.ts' ? source : null),
      writeFile: (name, contents) => {
        if (name === 'filter.wasm' && typeof contents !== 'string') bytes = Uint8Array.from(contents);
      },
      listFiles: () => [],
      stderr,
    },
  );
  if (result.error !== null || bytes === undefined)
    throw new Error(`the test's filter does not compile: ${stderr.toString()}`);
  return { bytes, digest: createHash('sha256').update(bytes).digest('hex') as Sha256 };
}

/**
 * A filter that writes `x-trail: <mark>:<configuration>` onto each request and response, refuses a configuration that
 * contains `refuse` (saying so in its log), and traps on requests with `/trap` in their path. On `/local` it answers 418
 * itself, on `/logged` it logs who the response says has answered, and when; with `body` in its configuration it puts `<mark>!` in front of the first piece of each request body and response body.
 */
export function trailFilter(mark: string): string {
  return `
const MARK = "${mark}";
// Filters and their generations share a VM: each has the configuration of its own context.
const configs = new Map<i32, string>();
const roots = new Map<i32, i32>();
function configOf(id: i32): string { return configs.get(roots.get(id)); }
@external("env", "proxy_log")
declare function proxy_log(level: i32, data: usize, size: usize): i32;
@external("env", "proxy_add_header_map_value")
declare function add_header(map: i32, key: usize, keySize: usize, value: usize, valueSize: usize): i32;
@external("env", "proxy_get_header_map_value")
declare function get_header(map: i32, key: usize, keySize: usize, value: usize, valueSize: usize): i32;
@external("env", "proxy_get_buffer_bytes")
declare function get_buffer(kind: i32, start: usize, size: usize, data: usize, length: usize): i32;
@external("env", "proxy_set_buffer_bytes")
declare function set_buffer(kind: i32, start: usize, size: usize, data: usize, length: usize): i32;
@external("env", "proxy_send_local_response")
declare function local_response(code: i32, d: usize, dn: usize, b: usize, bn: usize, h: usize, hn: usize, grpc: i32): i32;

export function malloc(size: usize): usize { return heap.alloc(size); }
export function proxy_abi_version_0_2_1(): void {}

function utf8(text: string): ArrayBuffer { return String.UTF8.encode(text); }
function log(level: i32, text: string): void {
  const bytes = utf8(text);
  proxy_log(level, changetype<usize>(bytes), bytes.byteLength);
}
function add(map: i32, name: string, value: string): void {
  const n = utf8(name), v = utf8(value);
  add_header(map, changetype<usize>(n), n.byteLength, changetype<usize>(v), v.byteLength);
}
function header(map: i32, name: string): string {
  const key = utf8(name);
  const at = heap.alloc(8);
  if (get_header(map, changetype<usize>(key), key.byteLength, at, at + 4) != 0) return "";
  return String.UTF8.decodeUnsafe(load<u32>(at), load<u32>(at + 4));
}
function prefix(kind: i32): void {
  const text = utf8(MARK + "!");
  set_buffer(kind, 0, 0, changetype<usize>(text), text.byteLength);
}

export function proxy_on_context_create(id: i32, root: i32): void { if (root != 0) roots.set(id, root); }
export function proxy_on_vm_start(id: i32, size: i32): i32 { return 1; }
export function proxy_on_configure(id: i32, size: i32): i32 {
  let config = "";
  if (size > 0) {
    const at = heap.alloc(8);
    get_buffer(7, 0, size, at, at + 4);
    config = String.UTF8.decodeUnsafe(load<u32>(at), load<u32>(at + 4));
  }
  configs.set(id, config);
  log(2, "configured " + MARK);
  if (config.includes("refuse")) { log(4, "this configuration is not for me"); return 0; }
  return 1;
}
let bodies: Set<i32> = new Set<i32>();
export function proxy_on_request_headers(id: i32, count: i32, end: i32): i32 {
  const p = header(0, ":path");
  if (p.includes("/trap")) unreachable();
  if (p.includes("/local")) { local_response(418, 0, 0, 0, 0, 0, 0, -1); return 1; }
  add(0, "x-trail", MARK + ":" + configOf(id));
  return 0;
}
export function proxy_on_request_body(id: i32, size: i32, end: i32): i32 {
  if (size > 0 && configOf(id).includes("body") && !bodies.has(id)) { bodies.add(id); prefix(0); }
  return 0;
}
export function proxy_on_response_headers(id: i32, count: i32, end: i32): i32 {
  bodies.delete(id);
  add(2, "x-trail", MARK + ":" + configOf(id));
  return 0;
}
export function proxy_on_response_body(id: i32, size: i32, end: i32): i32 {
  if (size > 0 && configOf(id).includes("body") && !bodies.has(id)) { bodies.add(id); prefix(1); }
  return 0;
}
export function proxy_on_done(id: i32): i32 { return 1; }
export function proxy_on_log(id: i32): void {
  if (header(0, ":path").includes("/logged")) log(2, "answered by " + header(2, "server") + " at " + header(2, "date"));
}
export function proxy_on_delete(id: i32): void { bodies.delete(id); roots.delete(id); configs.delete(id); }
`;
}
