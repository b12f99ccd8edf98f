import type { Context } from '../context/context.ts';

/** How many contexts are found without hashing; a power of two, and few enough that a VM for one test costs no more for them. */
const slots = 256;

/** To be copied: that costs a tenth of making it. */
const noContexts: readonly (Context | undefined)[] = Array.from({ length: slots }, () => undefined);

/**
 * The contexts of a VM by their ids. Ids count up and most contexts live for one request: nearly every one has the slot of its
 * id's low bits to itself, which costs a fraction of what entries that come and go cost in a Map.
 */
export class ContextTable {
  readonly #slots = [...noContexts];
  /** Those that found their slot taken. */
  readonly #others = new Map<number, Context>();
  #next = 1;

  /** An id that no context has. */
  newId(): number {
    while (this.get(this.#next) !== undefined) this.#step();
    const id = this.#next;
    this.#step();
    return id;
  }

  #step(): void {
    this.#next = this.#next === 0xffff_ffff ? 1 : this.#next + 1;
  }

  add(context: Context): void {
    const slot = context.id & (slots - 1);
    if (this.#slots[slot] === undefined) this.#slots[slot] = context;
    else this.#others.set(context.id, context);
  }

  get(id: number): Context | undefined {
    const context = this.#slots[id & (slots - 1)];
    if (context?.id === id) return context;
    return this.#others.size === 0 ? undefined : this.#others.get(id);
  }

  delete(context: Context): void {
    const slot = context.id & (slots - 1);
    if (this.#slots[slot] === context) this.#slots[slot] = undefined;
    else this.#others.delete(context.id);
  }

  *[Symbol.iterator](): IterableIterator<Context> {
    for (const context of this.#slots) if (context !== undefined) yield context;
    yield* this.#others.values();
  }
}
