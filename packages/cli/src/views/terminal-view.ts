import { printable } from '@wasmcast/core';
import { type Context, wantsColor } from '../context.ts';
import { LiveBlock } from './live-block.ts';
import { RolloutBoard } from './rollout-board.ts';
import { rolloutLines } from './rollout-text.ts';
import { textView } from './text-view.ts';
import { paint } from './text.ts';
import type { View } from './view.ts';

/** How often the block is redrawn, in milliseconds: seconds are counted in it. */
const redrawMs = 200;

/** What is quicker than this is not worth a line that comes and goes. */
const patienceMs = 500;

/** Events of a rollout that stay on the screen; the others are drawn. */
const kept = new Set(['wave-done', 'going-back', 'step-failed', 'remark', 'revision']);

/** For a person at a terminal: what goes on is drawn below what stays, and taken off at the end. */
export function terminalView(context: Context): View {
  const block = new LiveBlock(context.stderr);
  const styles = paint(wantsColor(context.stderr, context.env));
  const lines = rolloutLines(styles);
  const board = new RolloutBoard();
  const tasks = new Map<symbol, { readonly text: string; readonly began: number }>();
  let rolloutBegan = 0;
  let timer: NodeJS.Timeout | undefined;

  const seconds = (since: number): number => Math.floor((performance.now() - since) / 1000);
  const draw = (): void =>
    block.draw(({ rows }) => {
      const slow = [...tasks.values()].filter(({ began }) => performance.now() - began >= patienceMs);
      const shown = slow.slice(0, Math.max(1, Math.floor(rows / 2)));
      const now = shown.map(({ text, began }) => `${text} ...  ${styles.dim(`${seconds(began)} s`)}`);
      return [...now, ...board.lines(rows - now.length, seconds(rolloutBegan), styles)];
    });
  /** Redraws while there is something to draw, and keeps no process alive for it. */
  const watch = (): void => {
    const busy = tasks.size > 0 || board.running;
    if (busy && timer === undefined) timer = setInterval(draw, redrawMs).unref();
    if (busy) return;
    clearInterval(timer);
    timer = undefined;
    block.clear();
  };
  /** What stays goes above the block, whichever of the two streams it is for: at a terminal both are one. */
  const stay = (output: Context['stdout']) => ({
    isTerminal: output.isTerminal,
    write: (text: string): void => {
      block.clear();
      output.write(text);
    },
  });
  const base = textView({ ...context, stdout: stay(context.stdout), stderr: stay(context.stderr) });
  const waiting: View['waiting'] = async (text, work) => {
    const key = Symbol('task');
    tasks.set(key, { text: printable(text), began: performance.now() });
    watch();
    try {
      return await work;
    } finally {
      tasks.delete(key);
      watch();
    }
  };
  return {
    ...base,
    waiting,
    during: (_type, text, _fields, work) => waiting(text, work),
    rollout: (event) => {
      if (event.type === 'rollout-started') rolloutBegan = performance.now();
      board.take(event);
      if (kept.has(event.type)) for (const line of lines(event)) block.above(`${line}\n`);
      watch();
    },
    end: () => {
      tasks.clear();
      board.running = false;
      watch();
    },
  };
}
