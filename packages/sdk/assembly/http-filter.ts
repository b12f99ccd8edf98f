import { BodyAction, HeadersAction, TrailersAction } from './actions';
import { proxy_close_stream, proxy_continue_stream } from './abi/env';
import { Request, Response, request, response } from './messages';
import { Status } from './status';
import { StreamFilter } from './stream-filter';

/**
 * One HTTP stream on its way through the proxy. Extend it and override what the filter wants to see: the proxy is only called
 * for what is overridden, and everything else costs nothing.
 *
 *     class Greeting extends HttpFilter {
 *       onResponseHeaders(endOfStream: bool): HeadersAction {
 *         this.response.headers.set('x-greeting', 'hello');
 *         return HeadersAction.Continue;
 *       }
 *     }
 */
export class HttpFilter extends StreamFilter {
  /** The request: its headers in `onRequestHeaders` and `onLog`, its body and trailers in their callbacks. */
  get request(): Request {
    return request;
  }
  /** The response: its headers in `onResponseHeaders` and `onLog`, its body and trailers in their callbacks. */
  get response(): Response {
    return response;
  }

  /** The request's headers are there. `endOfStream`: no body follows. */
  onRequestHeaders(endOfStream: bool): HeadersAction {
    return HeadersAction.Continue;
  }
  /** `size` bytes of the request's body are at hand. */
  onRequestBody(size: i32, endOfStream: bool): BodyAction {
    return BodyAction.Continue;
  }
  /** The request's trailers are there, and end it. Few requests but those of gRPC streams have any. */
  onRequestTrailers(): TrailersAction {
    return TrailersAction.Continue;
  }
  /** The response's headers are there. `endOfStream`: no body follows. */
  onResponseHeaders(endOfStream: bool): HeadersAction {
    return HeadersAction.Continue;
  }
  /** `size` bytes of the response's body are at hand. */
  onResponseBody(size: i32, endOfStream: bool): BodyAction {
    return BodyAction.Continue;
  }
  /** The response's trailers are there, and end it: of gRPC with `grpc-status`. */
  onResponseTrailers(): TrailersAction {
    return TrailersAction.Continue;
  }
  /** Goes on with a request that was paused. */
  resumeRequest(): Status {
    return proxy_continue_stream(0);
  }
  /** Goes on with a response that was paused. */
  resumeResponse(): Status {
    return proxy_continue_stream(1);
  }
  /** Ends the stream with a reset. */
  reset(): Status {
    return proxy_close_stream(0);
  }
}
