import { printable } from '@wasmcast/core';
import { type Context, wantsColor } from '../context.ts';
import { diagnosticLines } from './diagnostic-lines.ts';
import { rolloutLines } from './rollout-text.ts';
import { failureLines, paint } from './text.ts';
import type { View } from './view.ts';

/** For people whose terminal is not rewritten: a line for everything that happens. */
export function textView(context: Context): View {
  const color = wantsColor(context.stderr, context.env);
  const styles = paint(color);
  const lines = rolloutLines(styles);
  const tell = (line: string): void => context.stderr.write(`${line}\n`);
  return {
    format: 'text',
    paint: paint(wantsColor(context.stdout, context.env)),
    progress: (_type, text) => tell(printable(text)),
    during: async (_type, text, _fields, work) => {
      tell(printable(text));
      return await work;
    },
    waiting: (_text, work) => work,
    preview: (_type, text) => tell(text(styles)),
    rollout: (event) => lines(event).forEach(tell),
    diagnostics: (list) => diagnosticLines(list, color).forEach(tell),
    answer: (_type, text) => context.stdout.write(text),
    document: (text) => context.stdout.write(text),
    failure: (failure) => context.stderr.write(failureLines(failure, color)),
    summary: () => undefined,
    end: () => undefined,
  };
}
