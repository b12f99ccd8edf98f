// What the probes of ABI 0.2.0 and 0.2.1 have in common: headers come with whether the stream ends.
import { requestHeaders, responseHeaders } from './matrix';
export * from './matrix';

export function proxy_on_request_headers(ctx: i32, n: i32, end: i32): i32 {
  return requestHeaders(ctx);
}
export function proxy_on_response_headers(ctx: i32, n: i32, end: i32): i32 {
  return responseHeaders(ctx);
}
