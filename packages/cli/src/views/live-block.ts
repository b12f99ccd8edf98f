import { displayWidth } from '@wasmcast/core';
import type { Output } from '../context.ts';

/** Up `n` lines and to the first column, then clear to the end of the screen. */
const eraseLines = (n: number): string => (n === 0 ? '' : `\u001B[${n}A\r\u001B[J`);

/**
 * The last lines of a terminal, rewritten in place. Never more than the terminal has: lines are cut to its width (one
 * that wraps could not be counted), and `lines` is asked for as many as there is room for.
 */
export class LiveBlock {
  readonly #output: Output;
  /** Lines that are on the screen now. */
  #drawn = 0;
  /** What they say: drawing the same again is left out. */
  #text = '';

  constructor(output: Output) {
    this.#output = output;
  }

  /** Replaces the block; `lines` is given the size that it has to fit. */
  draw(lines: (room: { readonly columns: number; readonly rows: number }) => readonly string[]): void {
    const { columns, rows } = this.#output.size?.() ?? { columns: 80, rows: 24 };
    // The cursor stands below the last line, and some room is left for what the person had on the screen.
    const room = { columns: Math.max(20, columns - 1), rows: Math.max(1, rows - 2) };
    const text = lines(room)
      .slice(0, room.rows)
      .map((line) => `${cut(line, room.columns)}\n`)
      .join('');
    if (text === this.#text) return;
    this.#output.write(`${eraseLines(this.#drawn)}${text}`);
    this.#text = text;
    this.#drawn = text.split('\n').length - 1;
  }

  /** Writes text that stays, above the block. */
  above(text: string): void {
    const block = this.#text;
    this.#output.write(`${eraseLines(this.#drawn)}${text}${block}`);
  }

  /** Takes the block off the screen. */
  clear(): void {
    if (this.#drawn > 0) this.#output.write(eraseLines(this.#drawn));
    this.#drawn = 0;
    this.#text = '';
  }
}

/** A line no wider than `columns`; styles (SGR sequences) take no room and are ended when it is cut. */
export function cut(line: string, columns: number): string {
  // oxlint-disable-next-line no-control-regex -- an escape sequence is what is looked for
  const parts = line.split(/(\u001B\[[0-9;]*m)/);
  if (parts.length === 1 && displayWidth(line) <= columns) return line;
  let width = 0;
  let kept = '';
  for (const [index, part] of parts.entries()) {
    if (index % 2 === 1) {
      kept += part;
      continue;
    }
    for (const character of part) {
      width += displayWidth(character);
      if (width > columns) return parts.length === 1 ? kept : `${kept}\u001B[0m`;
      kept += character;
    }
  }
  return kept;
}
