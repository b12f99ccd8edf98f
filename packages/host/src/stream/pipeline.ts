import { DataAction, HeadersAction, TrailersAction } from '../abi/types.ts';
import { BodyBuffer } from '../body/body-buffer.ts';
import { HeaderMap } from '../headers/header-map.ts';
import type { FilterStream } from './filter-stream.ts';
import { Iteration, type Stage } from './stage.ts';

/** What a pipeline tells the stream that it belongs to. */
export interface PipelineOwner {
  readonly closed: boolean;
  readonly bufferLimit: number;
  /** Runs a local reply that was asked for during a callback, now that the callback has returned. */
  runPreparedReply(): void;
}

/**
 * One direction of a stream through the filters, in their order (envoy source/common/http/filter_manager.cc, which has
 * this twice, as decode… and encode…). Frames go in by `start…`, come out by `emit…`; in between filters hold them.
 */
export abstract class Pipeline {
  readonly owner: PipelineOwner;
  readonly filters: readonly FilterStream[];
  headers: HeaderMap | undefined;
  trailers: HeaderMap | undefined;
  /** The body that is held; one for all filters, as in Envoy. */
  buffer: BodyBuffer | undefined;
  /** The end of the message has come in. */
  ended = false;
  /** A local reply has taken over: no frame goes further. */
  aborted = false;
  /** Above 0 while a filter's callback runs. */
  depth = 0;
  bytesSeen = 0;
  #paused = false;

  constructor(owner: PipelineOwner, filters: readonly FilterStream[]) {
    this.owner = owner;
    this.filters = filters;
  }

  /** The stage that a frame meets as the `index`th. */
  protected abstract stageAt(index: number): Stage;

  protected abstract emitHeaders(headers: HeaderMap, end: boolean): void;
  protected abstract emitData(data: Uint8Array, end: boolean): void;
  protected abstract emitTrailers(trailers: HeaderMap): void;
  /** The held body has passed the limit, and the filter that holds it gave no way to wait. */
  protected abstract tooLarge(): void;
  protected abstract emitPaused(paused: boolean): void;

  get #stopped(): boolean {
    return this.aborted || this.owner.closed;
  }

  startHeaders(headers: HeaderMap, end: boolean): void {
    this.headers = headers;
    this.ended = end;
    this.#headersFrom(0, headers, end);
  }

  startData(chunk: Uint8Array, end: boolean): void {
    this.bytesSeen += chunk.length;
    if (this.#stopped) return;
    if (end) this.ended = true;
    this.#dataFrom(0, BodyBuffer.of(chunk), end);
  }

  startTrailers(trailers: HeaderMap): void {
    if (this.#stopped) return;
    this.trailers = trailers;
    this.ended = true;
    this.#trailersFrom(0, trailers);
  }

  /** Trailers for a message that had none; its last part is on its way, or held. */
  addTrailers(): HeaderMap {
    this.trailers ??= new HeaderMap('trailers');
    return this.trailers;
  }

  #headersFrom(start: number, headers: HeaderMap, end: boolean): void {
    for (let i = start; i < this.filters.length; i++) {
      const stage = this.stageAt(i);
      this.depth++;
      const action = stage.filter.onHeaders(stage, headers, end);
      this.depth--;
      if (this.aborted) return this.owner.runPreparedReply();
      if (this.owner.closed) return;
      if (action !== HeadersAction.Continue) {
        stage.iteration =
          action === HeadersAction.StopIteration
            ? Iteration.StopSingle
            : action === HeadersAction.StopAllBuffer
              ? Iteration.StopAllBuffer
              : Iteration.StopAllWatermark;
        return;
      }
      // The callback has continued the stream itself, so the headers have gone on already.
      if (stage.headersContinued) return;
      stage.headersContinued = true;
    }
    this.emitHeaders(headers, end);
  }

  #dataFrom(start: number, data: BodyBuffer, end: boolean): void {
    const hadTrailers = this.trailers !== undefined;
    const addedBy = this.#dataThrough(start, data, end);
    // Trailers that a filter has begun meanwhile pass the filters behind it, whatever became of the body.
    if (!hadTrailers && addedBy !== undefined && this.trailers !== undefined && !this.#stopped)
      this.#trailersFrom(addedBy + 1, this.trailers);
  }

  /** Returns the filter that began trailers, if one did (envoy filter_manager.cc decodeData, trailers_added_entry). */
  #dataThrough(start: number, data: BodyBuffer, last: boolean): number | undefined {
    let end = last;
    let addedBy: number | undefined;
    for (let i = start; i < this.filters.length; i++) {
      const stage = this.stageAt(i);
      if (stage.iteration >= Iteration.StopAllBuffer) {
        this.hold(data, stage.iteration === Iteration.StopAllWatermark);
        return addedBy;
      }
      this.depth++;
      const action = stage.filter.onData(stage, data, end);
      this.depth--;
      if (this.aborted) {
        this.owner.runPreparedReply();
        return undefined;
      }
      if (this.owner.closed) return undefined;
      if (end && this.trailers !== undefined) {
        end = false;
        addedBy = i;
      }
      if (action === DataAction.Continue) {
        if (stage.iteration === Iteration.Continue) continue;
        this.hold(data, false);
        this.continueAfter(stage);
        return undefined;
      }
      stage.iteration = Iteration.StopSingle;
      if (action !== DataAction.NoBuffer) {
        this.hold(data, action === DataAction.Watermark);
        return addedBy;
      }
      // Nothing is kept, but the end has to come out when the filter continues.
      if (this.ended && this.trailers === undefined) this.buffer ??= new BodyBuffer();
      return addedBy;
    }
    if (data === this.buffer) this.buffer = undefined;
    this.#setPaused(false);
    this.emitData(data.take(), end);
    return addedBy;
  }

  #trailersFrom(start: number, trailers: HeaderMap): void {
    for (let i = start; i < this.filters.length; i++) {
      const stage = this.stageAt(i);
      if (stage.iteration >= Iteration.StopAllBuffer) return;
      this.depth++;
      const action = stage.filter.onTrailers(stage, trailers);
      this.depth--;
      if (this.aborted) return this.owner.runPreparedReply();
      if (this.owner.closed) return;
      if (action !== TrailersAction.Continue) {
        stage.iteration = Iteration.StopSingle;
        return;
      }
      if (stage.iteration !== Iteration.Continue) return this.continueAfter(stage);
    }
    this.emitTrailers(trailers);
  }

  /** Keeps a part of the body. `streaming`: at the limit the sender is asked to wait, otherwise the message fails. */
  hold(data: BodyBuffer, streaming: boolean): void {
    this.buffer ??= new BodyBuffer();
    if (this.buffer !== data) this.buffer.moveFrom(data);
    if (this.buffer.length <= this.owner.bufferLimit) return;
    if (streaming) this.#setPaused(true);
    else this.tooLarge();
  }

  /** Lets what a filter holds go on: headers and body to the next filter (envoy ActiveStreamFilterBase::commonContinue). */
  continueAfter(stage: Stage): void {
    if (this.#stopped || this.headers === undefined) return;
    let place = 0;
    while (place < this.filters.length && this.stageAt(place) !== stage) place++;
    const next = place + 1;
    const from = stage.iteration >= Iteration.StopAllBuffer || stage.resumeHere ? next - 1 : next;
    stage.resumeHere = from < next;
    stage.iteration = Iteration.Continue;
    const hadTrailers = this.trailers !== undefined;
    if (!stage.headersContinued) {
      stage.headersContinued = true;
      this.#headersFrom(next, this.headers, this.ended && this.buffer === undefined && !hadTrailers);
    }
    if (this.buffer !== undefined && !this.#stopped)
      this.#dataFrom(from, this.buffer, this.ended && !hadTrailers);
    if (hadTrailers && !this.#stopped) this.#trailersFrom(from, this.trailers as HeaderMap);
    stage.resumeHere = false;
  }

  #setPaused(paused: boolean): void {
    if (this.#paused === paused) return;
    this.#paused = paused;
    this.emitPaused(paused);
  }
}
