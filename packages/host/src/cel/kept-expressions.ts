import type { Expression } from './expression.ts';

/** The expressions that a plugin keeps, by their tokens, which count from 0 (envoy foreign.cc ExpressionContext). */
export class KeptExpressions {
  readonly #kept = new Map<number, Expression>();
  #next = 0;

  get size(): number {
    return this.#kept.size;
  }

  newToken(): number {
    while (this.#kept.has(this.#next)) this.#next = (this.#next + 1) >>> 0;
    const token = this.#next;
    this.#next = (token + 1) >>> 0;
    return token;
  }

  set(token: number, expression: Expression): void {
    this.#kept.set(token, expression);
  }

  get(token: number): Expression | undefined {
    return this.#kept.get(token);
  }

  delete(token: number): void {
    this.#kept.delete(token);
  }
}
