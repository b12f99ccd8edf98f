import { Status } from '../abi/status.ts';
import { BufferType, DataAction, HeadersAction, MapType, StreamType, TrailersAction } from '../abi/types.ts';
import type { BodyBuffer } from '../body/body-buffer.ts';
import { Context, type ContextBuffer } from '../context/context.ts';
import type { RootContext } from '../context/root-context.ts';
import type { HeaderMap } from '../headers/header-map.ts';
import type { FilterState } from '../properties/filter-state.ts';
import { readProperty } from '../properties/read-property.ts';
import type { GuestFunction } from '../vm/guest.ts';
import type { HttpStream } from './http-stream.ts';
import type { LocalReply } from './local-reply.ts';
import { Stage } from './stage.ts';

const nothing = new Uint8Array();

/**
 * One filter's context for one HTTP stream (envoy source/extensions/common/wasm/context.cc, the StreamFilter part).
 * A header map or body is available from the callback that gets it until that callback continues.
 */
export class FilterStream extends Context {
  override readonly root: RootContext;
  readonly owner: HttpStream;
  readonly request: Stage;
  readonly response: Stage;
  #created = false;
  #destroyed = false;
  #failureReplied = false;
  #logging = false;
  #requestHeaders: HeaderMap | undefined;
  #requestBody: BodyBuffer | undefined;
  #requestTrailers: HeaderMap | undefined;
  #responseHeaders: HeaderMap | undefined;
  #responseBody: BodyBuffer | undefined;
  #responseTrailers: HeaderMap | undefined;
  #bufferingRequest = false;
  #bufferingResponse = false;

  constructor(root: RootContext, owner: HttpStream) {
    super(root.vm, root.vm.newContextId());
    this.root = root;
    this.owner = owner;
    this.request = new Stage(this);
    this.response = new Stage(this);
    this.vm.contexts.set(this.id, this);
  }

  // Frames on their way. A dead VM stops the stream and answers 503 (cpp-host src/context.cc CHECK_FAIL_HTTP).

  decodeHeaders(headers: HeaderMap, end: boolean): HeadersAction {
    this.#create();
    this.#requestHeaders = headers;
    const action = this.#headers('on_request_headers', this.vm.guest.on_request_headers, headers.size, end);
    if (action === HeadersAction.Continue) this.#requestHeaders = undefined;
    return action;
  }

  encodeHeaders(headers: HeaderMap, end: boolean): HeadersAction {
    if (this.#skipsResponse()) return HeadersAction.Continue;
    this.#responseHeaders = headers;
    const action = this.#headers('on_response_headers', this.vm.guest.on_response_headers, headers.size, end);
    if (action === HeadersAction.Continue) this.#responseHeaders = undefined;
    return action;
  }

  decodeData(data: BodyBuffer, end: boolean): DataAction {
    if (!this.#created) return DataAction.Continue;
    if (this.#bufferingRequest) {
      this.owner.request.hold(data, false);
      if (this.owner.closed || this.owner.request.aborted) return DataAction.Buffer;
    }
    this.#requestBody = data;
    const size = (this.getBuffer(BufferType.HttpRequestBody) as ContextBuffer).length;
    const action = this.#data('on_request_body', this.vm.guest.on_request_body, size, end);
    this.#bufferingRequest = action === DataAction.Buffer;
    if (action === DataAction.Continue) this.#requestBody = undefined;
    return action;
  }

  encodeData(data: BodyBuffer, end: boolean): DataAction {
    if (this.#skipsResponse()) return DataAction.Continue;
    if (this.#bufferingResponse) {
      this.owner.response.hold(data, false);
      if (this.owner.closed || this.owner.response.aborted) return DataAction.Buffer;
    }
    this.#responseBody = data;
    const size = (this.getBuffer(BufferType.HttpResponseBody) as ContextBuffer).length;
    const action = this.#data('on_response_body', this.vm.guest.on_response_body, size, end);
    this.#bufferingResponse = action === DataAction.Buffer;
    if (action === DataAction.Continue) this.#responseBody = undefined;
    return action;
  }

  decodeTrailers(trailers: HeaderMap): TrailersAction {
    if (!this.#created) return TrailersAction.Continue;
    this.#requestTrailers = trailers;
    const action = this.#trailers('on_request_trailers', this.vm.guest.on_request_trailers, trailers.size);
    if (action === TrailersAction.Continue) this.#requestTrailers = undefined;
    return action;
  }

  encodeTrailers(trailers: HeaderMap): TrailersAction {
    if (this.#skipsResponse()) return TrailersAction.Continue;
    this.#responseTrailers = trailers;
    const action = this.#trailers('on_response_trailers', this.vm.guest.on_response_trailers, trailers.size);
    if (action === TrailersAction.Continue) this.#responseTrailers = undefined;
    return action;
  }

  /** on_log; a filter that the request never reached is created for it, as in Envoy (context.cc Context::log). */
  log(): void {
    const { vm } = this;
    this.#create();
    this.#logging = true;
    if (!vm.failed && vm.guest.on_log !== undefined) {
      vm.call(this, 'on_log', vm.guest.on_log, this.id);
      vm.afterCall();
    }
    this.#logging = false;
  }

  /** on_done, whose answer counts for root contexts only, and on_delete. */
  destroy(): void {
    const { vm } = this;
    if (!this.#destroyed && this.#created) {
      this.#destroyed = true;
      if (!vm.failed && vm.guest.on_done !== undefined) {
        vm.call(this, 'on_done', vm.guest.on_done, this.id);
        vm.afterCall();
      }
      if (!vm.failed && vm.guest.on_delete !== undefined) {
        vm.call(this, 'on_delete', vm.guest.on_delete, this.id);
        vm.afterCall();
      }
    }
    vm.contexts.delete(this.id);
  }

  #create(): void {
    const { vm } = this;
    if (this.#created) return;
    this.#created = true;
    if (vm.failed || vm.guest.on_context_create === undefined) return;
    vm.call(this, 'on_context_create', vm.guest.on_context_create, this.id, this.root.id);
    vm.afterCall();
  }

  #skipsResponse(): boolean {
    return !this.#created || this.#failureReplied;
  }

  #headers(name: string, run: GuestFunction | undefined, count: number, end: boolean): HeadersAction {
    const { vm } = this;
    if (vm.failed) return this.#fail(HeadersAction.StopAllWatermark);
    if (run === undefined) return HeadersAction.Continue;
    // ABI 0.1.0 has no third parameter; V8 ignores it.
    const result = vm.call(this, name, run, this.id, count, end ? 1 : 0);
    const action = this.#headersAction(result);
    vm.afterCall();
    return vm.failed ? this.#fail(HeadersAction.StopAllWatermark) : action;
  }

  /** cpp-host src/context.cc convertVmCallResultToFilterHeadersStatus, envoy context.cc convertFilterHeadersStatus */
  #headersAction(result: number): HeadersAction {
    if (this.vm.stopIteration || result >>> 0 > 4) return HeadersAction.StopAllWatermark;
    switch (result) {
      case 1:
        return this.vm.settings.allowOnHeadersStopIteration
          ? HeadersAction.StopIteration
          : HeadersAction.StopAllWatermark;
      case 3:
        return HeadersAction.StopAllBuffer;
      case 4:
        return HeadersAction.StopAllWatermark;
      default:
        return HeadersAction.Continue;
    }
  }

  #data(name: string, run: GuestFunction | undefined, size: number, end: boolean): DataAction {
    const { vm } = this;
    if (vm.failed) return this.#fail(DataAction.NoBuffer);
    if (run === undefined) return DataAction.Continue;
    const result = vm.call(this, name, run, this.id, size, end ? 1 : 0);
    const action = vm.stopIteration || result >>> 0 > 3 ? DataAction.NoBuffer : (result as DataAction);
    vm.afterCall();
    return vm.failed ? this.#fail(DataAction.NoBuffer) : action;
  }

  #trailers(name: string, run: GuestFunction | undefined, count: number): TrailersAction {
    const { vm } = this;
    if (vm.failed) return this.#fail(TrailersAction.StopIteration);
    if (run === undefined) return TrailersAction.Continue;
    const result = vm.call(this, name, run, this.id, count);
    const action = vm.stopIteration || result !== 0 ? TrailersAction.StopIteration : TrailersAction.Continue;
    vm.afterCall();
    return vm.failed ? this.#fail(TrailersAction.StopIteration) : action;
  }

  /** envoy context.cc Context::failStream */
  #fail<A>(action: A): A {
    if (!this.#failureReplied) {
      this.#failureReplied = true;
      this.owner.sendLocalReply({
        code: 503,
        body: nothing,
        headers: [],
        grpcStatus: 14,
        details: 'wasm_fail_stream',
      });
    }
    return action;
  }

  // What host calls see and do.

  override get logging(): boolean {
    return this.#logging;
  }

  requestHeadersNow(): HeaderMap | undefined {
    return this.#logging ? (this.owner.request.headers ?? this.#requestHeaders) : this.#requestHeaders;
  }

  responseHeadersNow(): HeaderMap | undefined {
    return this.#logging ? (this.owner.response.headers ?? this.#responseHeaders) : this.#responseHeaders;
  }

  responseTrailersNow(): HeaderMap | undefined {
    return this.#logging ? (this.owner.response.trailers ?? this.#responseTrailers) : this.#responseTrailers;
  }

  override mutableMap(type: number): HeaderMap | undefined {
    switch (type) {
      case MapType.RequestHeaders:
        return this.#requestHeaders;
      case MapType.RequestTrailers:
        return this.#requestTrailers;
      case MapType.ResponseHeaders:
        return this.#responseHeaders;
      case MapType.ResponseTrailers:
        return this.#responseTrailers;
      default:
        return undefined;
    }
  }

  override readableMap(type: number): HeaderMap | undefined {
    switch (type) {
      case MapType.RequestHeaders:
        return this.requestHeadersNow();
      case MapType.RequestTrailers:
        return this.#requestTrailers;
      case MapType.ResponseHeaders:
        return this.responseHeadersNow();
      case MapType.ResponseTrailers:
        return this.responseTrailersNow();
      default:
        return super.readableMap(type);
    }
  }

  override getBuffer(type: number): ContextBuffer | undefined {
    if (type === BufferType.HttpRequestBody) {
      return this.buffer.set(
        undefined,
        this.#bufferingRequest ? this.owner.request.buffer : this.#requestBody,
      );
    }
    if (type === BufferType.HttpResponseBody) {
      return this.buffer.set(
        undefined,
        this.#bufferingResponse ? this.owner.response.buffer : this.#responseBody,
      );
    }
    return super.getBuffer(type);
  }

  override continueStream(type: number): Status {
    if (type === StreamType.Upstream) return Status.Unimplemented;
    if (type === StreamType.Downstream) return Status.Ok;
    const pipeline = type === StreamType.Request ? this.owner.request : this.owner.response;
    const stage = type === StreamType.Request ? this.request : this.response;
    this.vm.defer(() => pipeline.continueAfter(stage));
    // The request's parts go, whichever direction continues (envoy context.cc Context::continueStream).
    this.#requestHeaders = undefined;
    this.#requestBody = undefined;
    this.#requestTrailers = undefined;
    return Status.Ok;
  }

  override closeStream(type: number): Status {
    if (type === StreamType.Request || type === StreamType.Response) {
      this.vm.defer(() => this.owner.reset('wasm_close_stream'));
    }
    return Status.Ok;
  }

  override sendLocalResponse(reply: LocalReply): void {
    this.vm.defer(() => this.owner.sendLocalReply(reply));
  }

  override getProperty(path: string): Uint8Array | Status {
    return readProperty(this.vm, this, path);
  }

  override get filterState(): FilterState {
    return this.owner.filterState;
  }

  override clearRouteCache(): void {
    this.owner.sink.onClearRouteCache?.();
  }
}
