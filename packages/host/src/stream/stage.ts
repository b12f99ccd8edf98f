import type { FilterStream } from './filter-stream.ts';

/** How far one filter lets one direction of a stream pass (envoy source/common/http/filter_manager.h IterationState). */
export const Iteration = {
  Continue: 0,
  /** The filter has stopped, but still sees the frames that follow. */
  StopSingle: 1,
  /** The filter sees nothing more until it continues; frames are held, up to the limit. */
  StopAllBuffer: 2,
  /** As StopAllBuffer, with back pressure at the limit instead of an error. */
  StopAllWatermark: 3,
} as const;

/** A value of {@link Iteration}. */
export type Iteration = (typeof Iteration)[keyof typeof Iteration];

/** One filter in one direction of a stream. */
export class Stage {
  readonly filter: FilterStream;
  iteration: Iteration = Iteration.Continue;
  headersContinued = false;
  /** After StopAll the held frames have not been seen by this filter itself: it comes first when it continues. */
  resumeHere = false;

  constructor(filter: FilterStream) {
    this.filter = filter;
  }
}
