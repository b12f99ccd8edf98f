import type { MessageCallbacks } from '../vm/guest.ts';
import type { BodyBuffer } from '../body/body-buffer.ts';
import type { HeaderMap } from '../headers/header-map.ts';
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

/** The two directions of a stream. */
export type Direction = 'request' | 'response';

/** One filter in one direction of a stream: how far it has let it pass, and what of it is at hand for host calls. */
export class Stage {
  readonly filter: FilterStream;
  readonly direction: Direction;
  iteration: Iteration = Iteration.Continue;
  headersContinued = false;
  /** After StopAll the held frames have not been seen by this filter itself: it comes first when it continues. */
  resumeHere = false;
  /** Each is here from the callback that gets it until that callback continues. */
  headers: HeaderMap | undefined;
  body: BodyBuffer | undefined;
  trailers: HeaderMap | undefined;
  /** The filter sees the whole held body instead of the part that came last. */
  buffering = false;

  /** What the module wants to hear of it. */
  readonly callbacks: MessageCallbacks;

  constructor(filter: FilterStream, direction: Direction) {
    this.filter = filter;
    this.direction = direction;
    this.callbacks = filter.vm.guest[direction];
  }
}
