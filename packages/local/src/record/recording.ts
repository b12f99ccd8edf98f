import type { ExchangeFacts, RecordedExchange } from '@wasmcast/core';
import { ExchangeTape } from './exchange-tape.ts';

/** Who keeps the traffic of a mesh. */
export interface TrafficRecorder {
  /** An exchange came to its end. */
  exchange(recorded: RecordedExchange, facts: ExchangeFacts): void;
  /** One is left out: too large, or broken off before its end. */
  left(): void;
}

/** Bytes of bodies that are held: of one exchange, and of all that are under way. */
const maxExchange = 8 * 1024 * 1024;
const maxTotal = 64 * 1024 * 1024;

/** What tapes may hold together. */
export interface TapeBudget {
  /** False: there is no room for `more` bytes on a tape that has `held`. */
  take(held: number, more: number): boolean;
  give(bytes: number): void;
}

/** The exchanges of a mesh that are being recorded. */
export class Recording {
  readonly #recorder: TrafficRecorder;
  readonly #budget: TapeBudget;

  constructor(recorder: TrafficRecorder) {
    this.#recorder = recorder;
    let total = 0;
    this.#budget = {
      take: (held, more) => {
        if (held + more > maxExchange || total + more > maxTotal) return false;
        total += more;
        return true;
      },
      give: (bytes) => void (total -= bytes),
    };
  }

  /** A tape for an exchange that begins. */
  open(): ExchangeTape {
    return new ExchangeTape(this.#budget);
  }

  /** The exchange is over; `whole`: both of its messages came to their ends. */
  close(tape: ExchangeTape, whole: boolean, facts: Omit<ExchangeFacts, 'answeredBy'>): void {
    const recorded = tape.end();
    if (recorded === undefined || !whole) this.#recorder.left();
    else this.#recorder.exchange(recorded.exchange, { ...facts, answeredBy: recorded.answeredBy });
  }
}
