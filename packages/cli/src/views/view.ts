import type { Diagnostic } from '@wasmcast/core';
import type { RolloutEvent } from '@wasmcast/engine';
import type { Context } from '../context.ts';
import type { Failure } from '../failure.ts';
import { jsonView } from './json-view.ts';
import { terminalView } from './terminal-view.ts';
import { textView } from './text-view.ts';
import type { Paint } from './text.ts';

/** How commands are answered: for a person, or as one JSON object a line. */
export type OutputFormat = 'text' | 'json';

/** What a command shows through: the answer on stdout, everything on the way on stderr (JSON: all on stdout, in order). */
export interface View {
  readonly format: OutputFormat;
  /** For what goes to stdout. */
  readonly paint: Paint;
  /** Something happens: a line on stderr, an event in JSON. The text may hold anything; it is shown as plain text. */
  progress(type: string, text: string, fields?: object): void;
  /** As `progress`, for what takes a while: a person at a terminal sees that it goes on, and for how long. */
  during<T>(type: string, text: string, fields: object, work: Promise<T>): Promise<T>;
  /** Shows a person at a terminal what is waited for, if it takes a while; others are told nothing. */
  waiting<T>(text: string, work: Promise<T>): Promise<T>;
  /** What is going to happen, at length: for people on stderr. */
  preview(type: string, text: (paint: Paint) => string, fields: object): void;
  rollout(event: RolloutEvent): void;
  diagnostics(list: readonly Diagnostic[]): void;
  /** The answer: `text` for people, `event` for programs. */
  answer(type: string, text: string, fields: object): void;
  /** The answer as one whole document: in JSON it stands alone on stdout. */
  document(text: string, value: unknown): void;
  /** Why the command fails. */
  failure(failure: Failure): void;
  /** What the last event of the command shall say; people have read it in the answer. The exit code is added by `end`. */
  summary(fields: object): void;
  /** The command is over: in JSON the summary is written, as the last line, unless the answer was a document. */
  end(command: string, exitCode: number): void;
}

/**
 * Chooses the view once, from the flags. A command whose JSON answer is one `document` (a plan that is saved, a schema)
 * has its progress on stderr, as text.
 */
export function createView(context: Context, format: OutputFormat, shape: 'events' | 'document'): View {
  const people = context.stderr.isTerminal ? terminalView(context) : textView(context);
  return format === 'text' ? people : jsonView(context, shape === 'document' ? people : undefined);
}
