import { Status } from '../abi/status.ts';
import { BufferType, MapType, StreamType } from '../abi/types.ts';
import type { BodyBuffer } from '../body/body-buffer.ts';
import type { ContextBuffer } from '../context/context.ts';
import type { RootContext } from '../context/root-context.ts';
import type { HeaderMap } from '../headers/header-map.ts';
import type { FilterState } from '../properties/filter-state.ts';
import type { PropertyResult } from '../properties/property-source.ts';
import { pluginProperty } from '../properties/read-property.ts';
import { streamProperty } from '../properties/stream-properties.ts';
import type { HttpStream } from './http-stream.ts';
import type { LocalReply } from './local-reply.ts';
import type { Stage } from './stage.ts';
import { StreamContext } from './stream-context.ts';

/**
 * What the host calls of one filter see of an HTTP stream, and do to it (envoy source/extensions/common/wasm/context.cc). A
 * header map or body is at hand from the callback that gets it until that callback continues.
 */
export abstract class HttpContext extends StreamContext {
  readonly owner: HttpStream;
  abstract readonly request: Stage;
  abstract readonly response: Stage;
  /** True while on_log runs. */
  protected isLogging = false;
  /** The frame that came last was the end of its message; one flag for both directions, as in Envoy. */
  protected endOfStream = false;

  constructor(root: RootContext, owner: HttpStream) {
    super(root);
    this.owner = owner;
  }

  protected override get closed(): boolean {
    return this.owner.closed;
  }

  override get logging(): boolean {
    return this.isLogging;
  }

  requestHeadersNow(): HeaderMap | undefined {
    return (this.isLogging ? this.owner.request.headers : undefined) ?? this.request.headers;
  }

  responseHeadersNow(): HeaderMap | undefined {
    return (this.isLogging ? this.owner.response.headers : undefined) ?? this.response.headers;
  }

  responseTrailersNow(): HeaderMap | undefined {
    return (this.isLogging ? this.owner.response.trailers : undefined) ?? this.response.trailers;
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
    if (stage.trailers === undefined && stage.body !== undefined && this.endOfStream) {
      stage.trailers = this.owner[stage.direction].addTrailers();
    }
    return stage.trailers;
  }

  override readableMap(type: number): HeaderMap | undefined {
    switch (type) {
      case MapType.RequestHeaders:
        return this.requestHeadersNow();
      case MapType.RequestTrailers:
        return this.isLogging ? undefined : this.request.trailers;
      case MapType.ResponseHeaders:
        return this.responseHeadersNow();
      case MapType.ResponseTrailers:
        return this.responseTrailersNow();
      default:
        return super.readableMap(type);
    }
  }

  /** What is at hand of a body: the whole of it while the filter has it held. */
  protected body(stage: Stage): BodyBuffer | undefined {
    return stage.buffering ? this.owner[stage.direction].buffer : stage.body;
  }

  override getBuffer(type: number): ContextBuffer | undefined {
    switch (type) {
      case BufferType.HttpRequestBody:
        return this.buffer.set(undefined, this.body(this.request));
      case BufferType.HttpResponseBody:
        return this.buffer.set(undefined, this.body(this.response));
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
