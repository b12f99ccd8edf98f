import { type Diagnostic, formatDiagnostic } from '@wasmcast/core';
import type { RolloutEvent } from '@wasmcast/engine';
import { type Context, wantsColor } from '../context.ts';
import { rolloutLines } from './rollout-text.ts';
import { type Paint, paint } from './text.ts';

/** Version of the events of `-o json`; a change that breaks a reader raises it. */
const version = 1;

/** How commands are answered: for a person, or as one JSON object a line. */
export type OutputFormat = 'text' | 'json';

/** What a command shows through: the answer on stdout, everything on the way on stderr (JSON: all on stdout, in order). */
export interface View {
  readonly format: OutputFormat;
  readonly paint: Paint;
  /** Something happens: a line on stderr, an event in JSON. */
  progress(type: string, text: string, fields?: object): void;
  rollout(event: RolloutEvent): void;
  diagnostics(list: readonly Diagnostic[]): void;
  /** The answer: `text` for people, `event` for programs. */
  answer(type: string, text: string, fields: object): void;
  /** The last event of a command; people have read it already in the answer. */
  summary(fields: object): void;
}

/**
 * Chooses the view once, from the flags. A command whose JSON answer is one `document` (a plan that is saved, a schema)
 * has its progress on stderr, as text.
 */
export function createView(context: Context, format: OutputFormat, document = false): View {
  if (format === 'text') return textView(context);
  return document ? { ...jsonView(context), progress: textView(context).progress } : jsonView(context);
}

function textView(context: Context): View {
  const stderr = paint(wantsColor(context.stderr, context.env));
  const color = wantsColor(context.stderr, context.env);
  const lines = rolloutLines(stderr);
  return {
    format: 'text',
    paint: paint(wantsColor(context.stdout, context.env)),
    progress: (_type, text) => {
      context.stderr.write(`${text}\n`);
    },
    rollout: (event) => {
      for (const line of lines(event)) context.stderr.write(`${line}\n`);
    },
    diagnostics: (list) => {
      for (const diagnostic of list) context.stderr.write(`${formatDiagnostic(diagnostic, { color })}\n`);
    },
    answer: (_type, text) => context.stdout.write(text),
    summary: () => undefined,
  };
}

function jsonView(context: Context): View {
  const event = (type: string, fields: object): void =>
    context.stdout.write(`${JSON.stringify({ type, version, time: new Date().toISOString(), ...fields })}\n`);
  return {
    format: 'json',
    paint: paint(false),
    progress: (type, _text, fields = {}) => event(type, fields),
    rollout: ({ type, ...fields }) => event(type, fields),
    diagnostics: (list) => {
      for (const diagnostic of list) event('diagnostic', diagnostic);
    },
    answer: (type, _text, fields) => event(type, fields),
    summary: (fields) => event('summary', fields),
  };
}
