import type { Context } from '../context.ts';
import { exitCodes } from '@wasmcast/core';
import { paint } from './text.ts';
import type { View } from './view.ts';

/** Version of the events of `-o json`; a change that breaks a reader raises it. */
export const eventVersion = 1;

/**
 * One JSON object a line, all on stdout. With `people` the answer is a document: what happens on the way is told to
 * them instead, and the remarks only when no document comes (it holds its own).
 */
export function jsonView(context: Context, people?: View): View {
  const lines: string[] = [];
  let summary: object = {};
  let answered = false;
  const event = (type: string, fields: object): void => {
    const line = `${JSON.stringify({ type, version: eventVersion, time: new Date().toISOString(), ...fields })}\n`;
    if (people === undefined) context.stdout.write(line);
    else lines.push(line);
  };
  return {
    format: 'json',
    paint: paint(false),
    progress: (type, text, fields = {}) => {
      if (people === undefined) event(type, fields);
      else people.progress(type, text, fields);
    },
    during: async (type, text, fields, work) => {
      if (people !== undefined) return await people.during(type, text, fields, work);
      event(type, fields);
      return await work;
    },
    waiting: async (text, work) => (people === undefined ? await work : await people.waiting(text, work)),
    preview: (type, _text, fields) => event(type, fields),
    rollout: ({ type, ...fields }) => event(type, fields),
    diagnostics: (list) => {
      for (const diagnostic of list) event('diagnostic', diagnostic);
    },
    answer: (type, _text, fields) => event(type, fields),
    document: (_text, value) => {
      answered = true;
      context.stdout.write(`${JSON.stringify(value, undefined, 2)}\n`);
    },
    failure: ({ code, message, help, exit, step }) =>
      event('error', {
        code,
        message,
        ...(help !== undefined && { help }),
        ...(step !== undefined && { step }),
        exitCode: exitCodes[exit],
      }),
    summary: (fields) => {
      summary = fields;
    },
    end: (command, exitCode) => {
      people?.end(command, exitCode);
      if (answered) return;
      event('summary', { command, ...summary, exitCode });
      for (const line of lines) context.stdout.write(line);
    },
  };
}
