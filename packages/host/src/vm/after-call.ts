import { RestrictedCall } from './trap.ts';

/** How many host calls of one callback may wait for its return. */
const maxDeferred = 100_000;

/** What host calls put off until the module has returned (cpp-host wasm.h DeferAfterCallActions). */
export class AfterCall {
  readonly #actions: (() => void)[] = [];

  add(action: () => void): void {
    if (this.#actions.length >= maxDeferred)
      throw new RestrictedCall(`it asked for more than ${maxDeferred} things at once`);
    this.#actions.push(action);
  }

  /** Does all of it, and what it puts off in turn. */
  run(): void {
    while (this.#actions.length > 0) (this.#actions.shift() as () => void)();
  }
}
