import type { RolloutRequest } from '@wasmcast/core';
import type { Seen } from './assert-seen.ts';
import type { Standing } from './standing.ts';

/** What a person wants of an unfinished rollout. */
export type Verb = 'pause' | 'resume' | 'promote' | 'abort' | 'retry';

/** How that is brought about. */
export type Decision =
  /** Somebody else runs it: they are asked. */
  | { readonly kind: 'ask'; readonly request: RolloutRequest['kind'] }
  /** Nobody runs it: it goes on in this process, with what its cause says; undefined: it goes back. */
  | { readonly kind: 'take-up'; readonly cause: string | undefined; readonly seen: Seen }
  | { readonly kind: 'nothing'; readonly why: string; readonly help: string };

/** What becomes of a verb where a rollout stands. Pure. */
export function decide(verb: Verb, standing: Standing): Decision {
  return standing.holder === undefined ? decideIdle(verb, standing) : decideRunning(verb, standing);
}

function decideRunning(verb: Verb, { record, holder }: Standing): Decision {
  const who = `${holder?.owner} runs it since ${holder?.since}`;
  if (record === undefined || record.phase === 'went-back')
    return nothing(`it is just beginning or ending: ${who}`, 'run the command again in a moment');
  if (record.phase === 'going-back')
    return nothing(`it is going back already: ${who}`, '`wasmcast status` shows when that is done');
  switch (verb) {
    case 'pause':
    case 'promote':
    case 'abort':
      return { kind: 'ask', request: verb };
    case 'resume':
    case 'retry':
      return nothing(
        `it is running: ${who}`,
        '`wasmcast status` shows how far it is; whoever died with it is let go of by `wasmcast unlock`',
      );
  }
}

function decideIdle(verb: Verb, { record }: Standing): Decision {
  if (record === undefined)
    return nothing(
      'no rollout is unfinished there',
      '`wasmcast apply` begins one; `wasmcast history` shows what is live',
    );
  const { phase, cause, reason } = record;
  const goOn: Decision = { kind: 'take-up', cause, seen: record };
  const goBack: Decision = { kind: 'take-up', cause: undefined, seen: record };
  switch (verb) {
    case 'pause':
      return nothing(
        'nobody is running it',
        '`wasmcast status` shows where it stands; `wasmcast apply` goes on, `wasmcast abort` goes back',
      );
    case 'resume':
      if (phase === 'went-back') return nothing('it went back', '`wasmcast retry` tries the same again');
      return phase === 'going-back' ? goBack : goOn;
    case 'promote':
      if (phase === 'going-back') return nothing('it is going back', '`wasmcast resume` ends that');
      if (phase === 'went-back') return nothing('it went back', '`wasmcast retry` tries the same again');
      // It waits for nobody: what it failed for may be mended, but is not passed by.
      if (phase === 'stopped')
        return nothing(
          `it failed and stopped: ${reason ?? 'no reason is remembered'}`,
          '`wasmcast retry` tries its wave again, `wasmcast abort` goes back',
        );
      return goOn;
    case 'abort':
      if (phase === 'went-back')
        return nothing('it went back already', '`wasmcast status` shows what is live');
      return goBack;
    case 'retry':
      if (phase === 'stopped' || phase === 'went-back') return goOn;
      return nothing('it did not fail', '`wasmcast resume` goes on with it, `wasmcast abort` goes back');
  }
}

function nothing(why: string, help: string): Decision {
  return { kind: 'nothing', why, help };
}
