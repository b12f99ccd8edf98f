// What requests and connections of declared tests have in common.
import { z } from 'zod';
import { line } from '../manifest/schema/words.ts';

const text = z.string();

const pattern = text.refine(isPattern, 'this is no regular expression of JavaScript');
const matchers = {
  contains: text.optional().describe('A text that is somewhere in it.'),
  matches: pattern.optional().describe('A regular expression that fits somewhere in it.'),
};

/** What headers must be. */
export const expectedHeaders = z
  .record(
    z.string(),
    z.union(
      [text, z.null(), z.strictObject(matchers)],
      'write the text, `null` for none, or one of contains and matches',
    ),
  )
  .describe('By name, repeated ones joined by `, `; `null`: it is not there. Others may be there too.');

/** What a body, or the bytes of a connection, must be. */
export const expectedBody = z
  .union(
    [text, z.strictObject({ ...matchers, json: z.json().optional() })],
    'write the whole text, or one of contains, matches and json',
  )
  .describe('The whole text, or what fits it.');

/** What a filter must have left behind, whatever it serves. */
export const expectedTraces = {
  logs: z.array(text).describe('Texts, each of which is in some line that the filter has logged for this.'),
  metrics: z
    .record(z.string(), z.int())
    .describe('Values of metrics after it, counted since the filter was loaded.'),
};

/** A time that passes. */
export const after = line(20, 'a time as `90s`')
  .regex(/^\d{1,6}(ms|s|m|h)$/, 'write a time such as `500ms`, `90s` or `5m`')
  .describe('How far the clock of the filter moves on before.');

function isPattern(source: string): boolean {
  try {
    return new RegExp(source) instanceof RegExp;
  } catch {
    return false;
  }
}
