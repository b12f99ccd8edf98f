import type { HeaderMap } from '../headers/header-map.ts';
import type { Plugin } from '../plugin/plugin.ts';
import { FilterState } from '../properties/filter-state.ts';
import { FilterStream } from './filter-stream.ts';
import { prepareLocalReply, type LocalReply } from './local-reply.ts';
import { hostReply, RequestPipeline, ResponsePipeline } from './directions.ts';
import type { StreamOptions, StreamSink } from './stream-sink.ts';

/** No option set, for all streams. */
const none: StreamOptions = {};

/**
 * One request and its response on their way through a chain of filters. Give it the frames as they come in
 * (`onRequestHeaders` …), it gives what comes out to its {@link StreamSink}; call `done()` once, when the exchange is over.
 * Everything happens during these calls, or later when a filter that paused the stream lets it go on.
 */
export class HttpStream {
  readonly sink: StreamSink;
  readonly request: RequestPipeline;
  readonly response: ResponsePipeline;
  readonly protocol: string;
  readonly connectionId: bigint;
  readonly attributes: StreamOptions['attributes'];
  readonly bufferLimit: number;
  readonly startedAt: bigint;
  /** Why the response is what it is: the details of a local reply or a reset. */
  details: string | undefined;
  closed = false;
  readonly #filters: readonly FilterStream[];
  readonly #plugins: readonly Plugin[];
  /** Most streams store nothing. */
  #filterState: FilterState | undefined;
  #done = false;
  #finishedAt: bigint | undefined;
  #localReply = false;
  #prepared: (() => void) | undefined;

  constructor(plugins: readonly Plugin[], sink: StreamSink, options: StreamOptions = none) {
    this.sink = sink;
    this.protocol = options.protocol ?? 'HTTP/1.1';
    this.connectionId = options.connectionId ?? 0n;
    this.attributes = options.attributes;
    this.bufferLimit = options.bufferLimit ?? 1024 * 1024;
    this.startedAt = plugins[0]?.ports.clock.realtime() ?? 0n;
    this.#plugins = plugins;
    const filters: FilterStream[] = [];
    for (const plugin of plugins) {
      const root = plugin.open();
      if (root !== undefined) filters.push(new FilterStream(root, this));
    }
    this.#filters = filters;
    this.request = new RequestPipeline(this, filters);
    this.response = new ResponsePipeline(this, filters);
  }

  /** What filters have stored with it. */
  get filterState(): FilterState {
    this.#filterState ??= new FilterState();
    return this.#filterState;
  }

  /** When the exchange was over; read only when a filter wants to know. */
  get finishedAt(): bigint | undefined {
    if (this.#done) this.#finishedAt ??= this.#plugins[0]?.ports.clock.realtime() ?? 0n;
    return this.#finishedAt;
  }

  /** Of the response's body, what has reached the client. */
  get bytesSent(): number {
    return this.response.bytesSent;
  }

  /** True once a filter has answered itself: what the upstream still says is ignored. */
  get locallyReplied(): boolean {
    return this.#localReply;
  }

  /** The request's headers. `:method`, `:path`, `:authority` and `:scheme` are expected among them. */
  onRequestHeaders(headers: HeaderMap, endOfStream: boolean): void {
    if (!this.closed) this.request.startHeaders(headers, endOfStream);
  }

  /** A part of the request's body; it is not copied and must not change any more. */
  onRequestBody(chunk: Uint8Array, endOfStream: boolean): void {
    this.request.startData(chunk, endOfStream);
  }

  /** The request's trailers, which end it. */
  onRequestTrailers(trailers: HeaderMap): void {
    this.request.startTrailers(trailers);
  }

  /** The headers of the upstream's response, with `:status`. Not for informational (1xx) responses. */
  onResponseHeaders(headers: HeaderMap, endOfStream: boolean): void {
    if (this.closed || this.#localReply) return;
    this.details ??= 'via_upstream';
    this.response.startHeaders(headers, endOfStream);
  }

  /** A part of the response's body; it is not copied and must not change any more. */
  onResponseBody(chunk: Uint8Array, endOfStream: boolean): void {
    if (!this.#localReply) this.response.startData(chunk, endOfStream);
  }

  /** The response's trailers, which end it. */
  onResponseTrailers(trailers: HeaderMap): void {
    if (!this.#localReply) this.response.startTrailers(trailers);
  }

  /**
   * The upstream has broken off: a 503 through the filters, or the end of a response that has begun
   * (envoy source/common/router/router.cc Filter::onUpstreamReset). `reason` is one of Envoy's, e.g. `connection termination`.
   */
  onUpstreamReset(reason = 'connection termination'): void {
    if (this.closed || this.#localReply) return;
    const when = this.response.headers === undefined ? 'before' : 'after';
    const details = `upstream_reset_${when}_response_started{${reason.replaceAll(' ', '_')}}`;
    if (when === 'after') return this.reset(details);
    const text = `upstream connect error or disconnect/reset before headers. reset reason: ${reason}`;
    this.sendLocalReply(hostReply(503, text, details));
  }

  /** The exchange is over, well or not: on_log of all filters, then on_done and on_delete of each. */
  done(): void {
    if (this.#done) return;
    this.#done = true;
    this.closed = true;
    for (const filter of this.#filters) if (filter.vm.settings.profile === 'envoy') filter.log();
    for (const filter of this.#filters) filter.destroy();
    for (const plugin of this.#plugins) plugin.closeStream();
  }

  /** Answers instead of the upstream (envoy filter_manager.cc DownstreamFilterManager::sendLocalReply). */
  sendLocalReply(reply: LocalReply): void {
    // Of several answers in one callback the first counts.
    if (this.closed || this.#prepared !== undefined) return;
    const inCallback = this.request.depth > 0 || this.response.depth > 0;
    if (this.request.depth > 0) this.request.aborted = true;
    else if (this.response.depth > 0) this.response.aborted = true;
    this.details = reply.details;
    if (this.response.headersSent) return this.reset(reply.details);
    // Once the response is on its way through the filters, a local reply passes none of them.
    const throughFilters = this.response.headers === undefined;
    const send = (): void => this.#sendReply(reply, throughFilters);
    if (inCallback) this.#prepared = send;
    else send();
  }

  #sendReply(reply: LocalReply, throughFilters: boolean): void {
    this.request.aborted = true;
    this.#localReply = true;
    this.sink.onLocalReply?.(reply);
    const { headers, body } = prepareLocalReply(reply, this.request.headers);
    const end = body.length === 0;
    if (throughFilters) {
      this.response.startHeaders(headers, end);
      if (!end) this.response.startData(body, true);
      return;
    }
    this.response.aborted = true;
    this.response.headers = headers;
    this.response.headersSent = true;
    this.response.bytesSent += body.length;
    this.sink.onResponseHeaders(headers, end);
    if (!end) this.sink.onResponseBody(body, true);
  }

  runPreparedReply(): void {
    const prepared = this.#prepared;
    this.#prepared = undefined;
    if (!this.closed) prepared?.();
  }

  /** Breaks the stream off, which ends it at once (envoy conn_manager_impl.cc ConnectionManagerImpl::doEndStream). */
  reset(details: string): void {
    if (this.closed) return;
    this.closed = true;
    this.details ??= details;
    this.sink.onReset(details);
    this.done();
  }
}
