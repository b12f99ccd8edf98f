import { Status } from '../abi/status.ts';
import { DataAction, HeadersAction, TrailersAction } from '../abi/types.ts';
import type { BodyBuffer } from '../body/body-buffer.ts';
import type { HeaderMap } from '../headers/header-map.ts';
import { dataAction, headersAction, trailersAction } from './actions.ts';
import { HttpContext } from './http-context.ts';
import { Stage } from './stage.ts';

const nothing = new Uint8Array();

/**
 * One filter's part in one HTTP stream: it is told of each frame, and of the end (envoy
 * source/extensions/common/wasm/context.cc, the StreamFilter part). A dead VM stops the stream and answers 503 (cpp-host
 * src/context.cc CHECK_FAIL_HTTP).
 */
export class FilterStream extends HttpContext {
  override readonly request = new Stage(this, 'request');
  override readonly response = new Stage(this, 'response');
  #pendingDone = false;
  #failureReplied = false;

  onHeaders(stage: Stage, headers: HeaderMap, end: boolean): HeadersAction {
    const { vm } = this;
    if ((stage === this.request && !this.create()) || this.#skips(stage)) return HeadersAction.Continue;
    stage.headers = headers;
    this.endOfStream = end;
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
    this.endOfStream = end;
    // Envoy asks for the buffer to know its size, whereby the type 8 shows it.
    const size = this.buffer.set(undefined, this.body(stage)).length ?? 0;
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
    this.isLogging = true;
    this.tell('on_log', this.vm.guest.on_log);
    this.isLogging = false;
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
}
