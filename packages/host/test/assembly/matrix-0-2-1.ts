// The probe of the matrix as a module of ABI 0.2.1.
import { requestHeaders, responseHeaders } from './matrix';
export * from './matrix';

export function proxy_abi_version_0_2_1(): void {}
export function proxy_on_request_headers(ctx: i32, n: i32, end: i32): i32 {
  return requestHeaders(ctx);
}
export function proxy_on_response_headers(ctx: i32, n: i32, end: i32): i32 {
  return responseHeaders(ctx);
}
export function abort(a: usize, b: usize, c: u32, d: u32): void {
  unreachable();
}
