import { styleText } from 'node:util';
import { displayWidth, printable } from '@wasmcast/core';
import type { Failure } from '../failure.ts';

/** Styles for text that people read; without colour they change nothing. */
export interface Paint {
  bold(text: string): string;
  dim(text: string): string;
  red(text: string): string;
  green(text: string): string;
  yellow(text: string): string;
}

type Style = keyof Paint;

/** A paint box; `color` false gives plain text. */
export function paint(color: boolean): Paint {
  const style = (name: Style) => (text: string) =>
    color ? styleText(name, text, { validateStream: false }) : text;
  return {
    bold: style('bold'),
    dim: style('dim'),
    red: style('red'),
    green: style('green'),
    yellow: style('yellow'),
  };
}

/** A failure as people read it: what, where, and what to do next. */
export function failureLines({ code, message, help, step, stack }: Failure, color: boolean): string {
  const p = paint(color);
  const lines = [`${p.red(p.bold(`error[${code}]`))}: ${printable(message)}`];
  if (step !== undefined) lines.push(` ${p.dim('-->')} ${printable(step)}`);
  if (help !== undefined) lines.push(`${p.bold('help')}: ${printable(help)}`);
  if (stack !== undefined) lines.push(...stack.split('\n').map((line) => p.dim(printable(line))));
  return `${lines.join('\n')}\n`;
}

/** `1 pod`, `2 pods`. */
export function count(n: number, noun: string): string {
  return `${n} ${noun}${n === 1 ? '' : 's'}`;
}

/** `10m`, `1m30s`, `0.5s`: as a manifest would have it. */
export function span(ms: number): string {
  const [hours, minutes, seconds] = [
    Math.floor(ms / 3_600_000),
    Math.floor(ms / 60_000) % 60,
    (ms / 1000) % 60,
  ];
  const parts = [hours > 0 ? `${hours}h` : '', minutes > 0 ? `${minutes}m` : ''].join('');
  return seconds > 0 || parts === '' ? `${parts}${Number(seconds.toFixed(1))}s` : parts;
}

/** `a, b and 3 more`. */
export function bounded(names: readonly string[], atMost: number): string {
  const rest = names.length - atMost;
  return rest <= 0 ? names.join(', ') : `${names.slice(0, atMost).join(', ')} and ${rest} more`;
}

/** `under 1 ms`, `12 ms`: of what was measured. */
export function milliseconds(ms: number): string {
  return ms < 1 ? 'under 1 ms' : `${Math.round(ms)} ms`;
}

/** `640 B`, `4.2 KiB`, `1.3 MiB`. */
export function size(bytes: number): string {
  if (bytes < 1024) return `${bytes} B`;
  if (bytes < 1024 * 1024) return `${(bytes / 1024).toFixed(1)} KiB`;
  return `${(bytes / 1024 / 1024).toFixed(1)} MiB`;
}

/** Rows as aligned columns, two spaces apart. Widths are counted without styles. */
export function columns(rows: readonly (readonly string[])[]): string {
  const widths: number[] = [];
  for (const row of rows) {
    for (const [i, cell] of row.entries()) widths[i] = Math.max(widths[i] ?? 0, visible(cell));
  }
  return rows
    .map((row) =>
      row
        .map((cell, i) => cell + ' '.repeat((widths[i] ?? 0) - visible(cell)))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

function visible(text: string): number {
  // eslint-disable-next-line no-control-regex -- an escape sequence is what is looked for
  return displayWidth(text.replaceAll(/\u001B\[[0-9;]*m/g, ''));
}
