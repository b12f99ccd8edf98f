import { Status } from '../abi/status.ts';
import { BufferType, DataAction, HeadersAction, MapType, StreamType, TrailersAction } from '../abi/types.ts';
import type { BodyBuffer } from '../body/body-buffer.ts';
import type { ContextBuffer } from '../context/context.ts';
import type { RootContext } from '../context/root-context.ts';
import type { HeaderMap } from '../headers/header-map.ts';
import type { FilterState } from '../properties/filter-state.ts';
import type { PropertyResult } from '../properties/property-source.ts';
import { pluginProperty } from '../properties/read-property.ts';
import { streamProperty } from '../properties/stream-properties.ts';
import { dataAction, headersAction, trailersAction } from './actions.ts';
import type { HttpStream } from './http-stream.ts';
import type { LocalReply } from './local-reply.ts';
import { Stage } from './stage.ts';
import { StreamContext } from './stream-context.ts';

const nothing = new Uint8Array();

/**
 * One filter's context for one HTTP stream (envoy source/extensions/common/wasm/context.cc, the StreamFilter part).
 * A header map or body is available from the callback that gets it until that callback continues.
 */
export class FilterStream extends StreamContext {
  readonly owner: HttpStream;
  readonly request = new Stage(this, 'request');
  readonly response = new Stage(this, 'response');
  #pendingDone = false;
  #failureReplied = false;
  #logging = false;
  /** The frame that came last was the end of its message; one flag for both directions, as in Envoy. */
  #endOfStream = false;

  constructor(root: RootContext, owner: HttpStream) {
    super(root);
    this.owner = owner;
  }

  // Frames on their way. A dead VM stops the stream and answers 503 (cpp-host src/context.cc CHECK_FAIL_HTTP).

  onHeaders(stage: Stage, headers: HeaderMap, end: boolean): HeadersAction {
    const { vm } = this;
    if ((stage === this.request && !this.create()) || this.#skips(stage)) return HeadersAction.Continue;
    stage.headers = headers;
    this.#endOfStream = end;
    let action: HeadersAction = HeadersAction.Continue;
    const { name, run } = stage.callbacks.headers;
    if (!vm.failed && run !== undefined) {
      // ABI 0.1.0 has no third parameter; V8 ignores it.
      const result = vm.call(this, name, run, this.id, headers.size, end ? 1 : 0);
      if (result >>> 0 > 4) vm.quirk('action-out-of-range', `it returned ${result}`);
      action = headersAction(result, vm.stopIteration, this.root.settings.allowOnHeadersStopIteration);
      vm.afterCall();
    }
    if (vm.failed) return this.#fail(HeadersAction.StopAllWatermark);
    if (action === HeadersAction.Continue) stage.headers = undefined;
    return action;
  }

  onData(stage: Stage, data: BodyBuffer, end: boolean): DataAction {
    const { vm } = this;
    if (this.#skips(stage)) return DataAction.Continue;
    if (stage.buffering) {
      const pipeline = this.owner[stage.direction];
      pipeline.hold(data, false);
      if (this.owner.closed || pipeline.aborted) return DataAction.Buffer;
    }
    stage.body = data;
    this.#endOfStream = end;
    // Envoy asks for the buffer to know its size, whereby the type 8 shows it.
    const size = this.buffer.set(undefined, this.#body(stage)).length ?? 0;
    let action: DataAction = DataAction.Continue;
    const { name, run } = stage.callbacks.body;
    if (!vm.failed && run !== undefined) {
      const result = vm.call(this, name, run, this.id, size, end ? 1 : 0);
      if (result >>> 0 > 3) vm.quirk('action-out-of-range', `it returned ${result}`);
      action = dataAction(result, vm.stopIteration);
      vm.afterCall();
    }
    if (vm.failed) action = this.#fail(DataAction.NoBuffer);
    stage.buffering = action === DataAction.Buffer;
    if (action === DataAction.Continue) stage.body = undefined;
    return action;
  }

  onTrailers(stage: Stage, trailers: HeaderMap): TrailersAction {
    const { vm } = this;
    if (this.#skips(stage)) return TrailersAction.Continue;
    stage.trailers = trailers;
    let action: TrailersAction = TrailersAction.Continue;
    const { name, run } = stage.callbacks.trailers;
    if (!vm.failed && run !== undefined) {
      const result = vm.call(this, name, run, this.id, trailers.size);
      if (result >>> 0 > 1) vm.quirk('action-out-of-range', `it returned ${result}`);
      action = trailersAction(result, vm.stopIteration);
      vm.afterCall();
    }
    if (vm.failed) return this.#fail(TrailersAction.StopIteration);
    if (action === TrailersAction.Continue) stage.trailers = undefined;
    return action;
  }

  /** on_log; a filter that the request never reached is created for it, as in Envoy (context.cc Context::log). */
  log(): void {
    this.create();
    this.#logging = true;
    this.tell('on_log', this.vm.guest.on_log);
    this.#logging = false;
  }

  /** `proxy_done`: only by the specification does it concern a stream. */
  override done(): Status {
    if (!this.#pendingDone) return super.done();
    this.#pendingDone = false;
    this.vm.defer(() => this.#end());
    return Status.Ok;
  }

  /** The stream is over: on_done, whose answer Envoy ignores for all but roots, and on_delete. */
  destroy(): void {
    const { vm } = this;
    // What the specification puts first, Envoy has done already.
    const goes = !this.created || this.tell('on_done', this.vm.guest.on_done) !== 0;
    this.#pendingDone = !goes && !vm.failed && !vm.quirk('stream-done-ignored', 'on_done returned false');
    if (!this.#pendingDone) this.#end();
  }

  #end(): void {
    if (this.vm.settings.profile === 'spec') this.log();
    if (this.created) this.tell('on_delete', this.vm.guest.on_delete);
    this.vm.contexts.delete(this);
  }

  /** The module does not hear of what it was never told, nor of a response that stands for its own failure. */
  #skips(stage: Stage): boolean {
    return !this.created || (stage === this.response && this.#failureReplied);
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

  protected override get closed(): boolean {
    return this.owner.closed;
  }

  // What host calls see and do.

  override get logging(): boolean {
    return this.#logging;
  }

  requestHeadersNow(): HeaderMap | undefined {
    return (this.#logging ? this.owner.request.headers : undefined) ?? this.request.headers;
  }

  responseHeadersNow(): HeaderMap | undefined {
    return (this.#logging ? this.owner.response.headers : undefined) ?? this.response.headers;
  }

  responseTrailersNow(): HeaderMap | undefined {
    return (this.#logging ? this.owner.response.trailers : undefined) ?? this.response.trailers;
  }

  override mutableMap(type: number): HeaderMap | undefined {
    switch (type) {
      case MapType.RequestHeaders:
        return this.request.headers;
      case MapType.RequestTrailers:
        return this.#trailersToChange(this.request);
      case MapType.ResponseHeaders:
        return this.response.headers;
      case MapType.ResponseTrailers:
        return this.#trailersToChange(this.response);
      default:
        return undefined;
    }
  }

  /** With the end of a body trailers can be begun: whoever asks to change them makes them (envoy context.cc getMap). */
  #trailersToChange(stage: Stage): HeaderMap | undefined {
    if (stage.trailers === undefined && stage.body !== undefined && this.#endOfStream) {
      stage.trailers = this.owner[stage.direction].addTrailers();
    }
    return stage.trailers;
  }

  override readableMap(type: number): HeaderMap | undefined {
    switch (type) {
      case MapType.RequestHeaders:
        return this.requestHeadersNow();
      case MapType.RequestTrailers:
        return this.#logging ? undefined : this.request.trailers;
      case MapType.ResponseHeaders:
        return this.responseHeadersNow();
      case MapType.ResponseTrailers:
        return this.responseTrailersNow();
      default:
        return super.readableMap(type);
    }
  }

  #body(stage: Stage): BodyBuffer | undefined {
    return stage.buffering ? this.owner[stage.direction].buffer : stage.body;
  }

  override getBuffer(type: number): ContextBuffer | undefined {
    switch (type) {
      case BufferType.HttpRequestBody:
        return this.buffer.set(undefined, this.#body(this.request));
      case BufferType.HttpResponseBody:
        return this.buffer.set(undefined, this.#body(this.response));
      default:
        return super.getBuffer(type);
    }
  }

  override continueStream(type: number): Status {
    if (type === StreamType.Upstream) return Status.Unimplemented;
    if (type === StreamType.Downstream) return Status.Ok;
    const stage = type === StreamType.Request ? this.request : this.response;
    this.vm.defer(() => this.owner[stage.direction].continueAfter(stage));
    // The request's parts go, whichever direction continues (envoy context.cc Context::continueStream).
    this.request.headers = undefined;
    this.request.body = undefined;
    this.request.trailers = undefined;
    return Status.Ok;
  }

  override closeStream(type: number): Status {
    if (type === StreamType.Request || type === StreamType.Response) {
      this.warnOfClose(type);
      this.vm.defer(() => this.owner.reset('wasm_close_stream'));
    }
    return Status.Ok;
  }

  override sendLocalResponse(reply: LocalReply): void {
    this.vm.defer(() => this.owner.sendLocalReply(reply));
  }

  override property(parts: readonly string[]): PropertyResult {
    return pluginProperty(this.root, parts, () => streamProperty(this, parts));
  }

  override get filterState(): FilterState {
    return this.owner.filterState;
  }

  override clearRouteCache(): void {
    this.owner.sink.onClearRouteCache?.();
  }
}
