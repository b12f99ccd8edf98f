import { describe, expect, test } from 'vitest';
import type { Output } from '../context.ts';
import { LiveBlock, cut } from './live-block.ts';

/** A terminal, as far as the block uses one: it knows lines, cursor up, and clearing to the end. */
function terminal(columns = 40, rows = 10) {
  const screen = [''];
  let row = 0;
  const output: Output = {
    isTerminal: true,
    size: () => ({ columns, rows }),
    write: (text) => {
      // oxlint-disable no-control-regex -- escape sequences are what is looked for
      for (const part of text.split(/(\u001B\[\d*[AJ]|\r|\n)/)) {
        const up = /^\u001B\[(\d+)A$/.exec(part)?.[1];
        if (up !== undefined) row -= Number(up);
        else if (part === '\u001B[J') screen.splice(row, Infinity, '');
        else if (part === '\n') screen[(row += 1)] ??= '';
        else if (part !== '\r') screen[row] += part;
        if (row < 0) throw new Error('above the top');
      }
    },
  };
  return { output, lines: (): string[] => screen.slice(0, -1) };
}

describe('a block of lines that is redrawn', () => {
  test('replaces itself, whatever its height', () => {
    const { output, lines } = terminal();
    const block = new LiveBlock(output);
    block.draw(() => ['a', 'b', 'c']);
    block.draw(() => ['d']);
    expect(lines()).toEqual(['d']);
    block.draw(() => ['e', 'f']);
    expect(lines()).toEqual(['e', 'f']);
  });

  test('leaves what was there before, and what is written above it', () => {
    const { output, lines } = terminal();
    output.write('before\n');
    const block = new LiveBlock(output);
    block.draw(() => ['1 of 2']);
    block.above('a step failed\n');
    block.draw(() => ['2 of 2']);
    expect(lines()).toEqual(['before', 'a step failed', '2 of 2']);
    block.clear();
    expect(lines()).toEqual(['before', 'a step failed']);
    block.clear();
    expect(lines()).toEqual(['before', 'a step failed']);
  });

  test('never takes more room than the terminal has', () => {
    const { output, lines } = terminal(30, 6);
    const block = new LiveBlock(output);
    block.draw(({ columns, rows }) => {
      expect([columns, rows]).toEqual([29, 4]);
      return Array.from({ length: 50 }, (_, i) => `${i} ${'x'.repeat(100)}`);
    });
    expect(lines()).toHaveLength(4);
    expect(Math.max(...lines().map((line) => line.length))).toBe(29);
  });
});

describe('cutting', () => {
  test('counts columns, not characters, and styles take none', () => {
    expect(cut('abcdef', 4)).toBe('abcd');
    expect(cut('abc', 4)).toBe('abc');
    expect(cut('日本語', 4)).toBe('日本');
    expect(cut('\u001B[31mabcdef\u001B[39m', 4)).toBe('\u001B[31mabcd\u001B[0m');
    expect(cut('\u001B[31mabcd\u001B[39m', 4)).toBe('\u001B[31mabcd\u001B[39m');
  });
});
