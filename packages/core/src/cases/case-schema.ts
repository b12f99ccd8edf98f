import { z } from 'zod';
import type { JsonObject } from '../json.ts';
import type { Shape } from '../manifest/schema/check-shape.ts';
import { configSchema } from '../manifest/schema/filter-schema.ts';
import { KnownKeys } from '../manifest/schema/known-keys.ts';
import { line } from '../manifest/schema/words.ts';
import { after, expectedBody, expectedHeaders, expectedTraces } from './parts.ts';
import { tcpSteps } from './tcp-steps.ts';

const text = z.string();
const status = z.int().min(200, 'use 200 to 599').max(599, 'use 200 to 599');

const headers = z
  .record(z.string(), z.union([text, z.array(text)], 'write a text, or a list for a repeated header'))
  .describe('By name; a list repeats the header.');
const body = z
  .union([text, z.array(text)], 'write a text, or a list of the pieces in which it arrives')
  .describe('All at once, or in the pieces in which it arrives.');
const trailers = headers;

const expectedMessage = { headers: expectedHeaders, body: expectedBody, trailers: expectedHeaders };

const answer = z
  .strictObject({ status, headers, body, trailers })
  .partial()
  .describe('An answer. Default: 200 without a body.');

const request = z
  .strictObject({ method: text, path: text, authority: text, scheme: text, headers, body, trailers })
  .partial()
  .describe('What the client sends. Default: GET /.');

const expectation = z
  .strictObject({
    upstream: z
      .union(
        [
          z.literal(false),
          z.strictObject({ method: text, path: text, authority: text, ...expectedMessage }).partial(),
        ],
        'write what the upstream gets, or `false` when it gets nothing',
      )
      .describe('What reaches the upstream; `false`: nothing.'),
    response: z
      .strictObject({ status, ...expectedMessage })
      .partial()
      .describe('What the client gets.'),
    ...expectedTraces,
    paused: z.enum(['request', 'response']).describe('The direction that the filter never lets go on.'),
    reset: z.boolean().describe('Whether the stream is broken off.'),
  })
  .partial()
  .describe('What must be so. What is not named may be anything.');

const exchange = {
  after,
  request,
  upstream: z
    .union([z.literal('reset'), answer], 'write an answer, or `reset`')
    .describe('What the upstream answers.'),
  expect: expectation,
};

const environment = {
  config: configSchema,
  clusters: z
    .record(
      z.string(),
      z.union(
        [z.enum(['reset', 'refused', 'silence']), answer],
        'write an answer, or one of reset, refused and silence',
      ),
    )
    .describe('The clusters that callouts find, by name, and what they answer.'),
};

const testCase = z
  .strictObject({
    name: line(200, 'a name'),
    ...z.strictObject({ ...environment, ...exchange }).partial().shape,
    next: z
      .array(z.strictObject(exchange).partial())
      .max(1000, 'at most 1000')
      .optional()
      .describe('Further requests to the same filter.'),
    tcp: tcpSteps.optional(),
    refused: text
      .optional()
      .describe('The filter does not start; this is in what is said then. Needs no request.'),
  })
  .refine(
    ({ tcp, after: later, request: asked, upstream, expect, next }) =>
      tcp === undefined || [later, asked, upstream, expect, next].every((one) => one === undefined),
    'a case has either `tcp` or a request: put what is expected into its steps',
  )
  .describe('A test: a fresh filter, and one request or several, or a TCP connection.');

/** A document of declared tests. */
export const casesSchema = z.strictObject({
  module: line(4096, 'a path')
    .optional()
    .describe('The module, relative to this file. Default: the one that is built, or that --module names.'),
  ...z.strictObject(environment).partial().shape,
  strict: z
    .union([z.boolean(), z.literal('findings')], 'write `true`, `false` or `findings`')
    .default(true)
    .describe('A trap fails a test; with `findings` also what Envoy would swallow without a word.'),
  cases: z.array(testCase).min(1, 'write at least one case').max(10_000, 'at most 10000'),
});

/** Declared tests as they are after reading. */
export type Cases = z.output<typeof casesSchema>;
/** One of them. */
export type Case = Cases['cases'][number];
/** A request and what must come of it. */
export type CaseExchange = Pick<Case, 'after' | 'request' | 'upstream' | 'expect'>;
/** What must be so. */
export type Expectation = z.output<typeof expectation>;

/** The JSON Schema of a file of declared tests, for editors. */
export function casesJsonSchema(): JsonObject {
  const schema = z.toJSONSchema(casesSchema, { target: 'draft-7', io: 'input', unrepresentable: 'any' });
  return { title: 'wasmcast declared tests', ...(schema as unknown as JsonObject) };
}

export const casesShape: Shape<Cases> = { schema: casesSchema, keys: new KnownKeys(casesJsonSchema) };
