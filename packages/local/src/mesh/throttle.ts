/** Who holds a body back. */
export type Holder = 'filters' | 'upstream' | 'client';

/** A body is read only while nobody holds it back. */
export class Throttle {
  readonly #apply: (held: boolean) => void;
  readonly #holders = new Set<Holder>();

  /** `apply` is called when the first holder comes and when the last goes. */
  constructor(apply: (held: boolean) => void) {
    this.#apply = apply;
  }

  /** True while somebody holds. */
  get held(): boolean {
    return this.#holders.size > 0;
  }

  /** One holder holds, or lets go. */
  set(holder: Holder, hold: boolean): void {
    const before = this.held;
    if (hold) this.#holders.add(holder);
    else this.#holders.delete(holder);
    if (this.held !== before) this.#apply(this.held);
  }
}
