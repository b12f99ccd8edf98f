import { z } from 'zod';
import { after, expectedBody, expectedTraces } from './parts.ts';

const text = z.string();

const expectation = z
  .strictObject({
    upstream: expectedBody.describe('All that has reached the upstream so far.'),
    client: expectedBody.describe('All that has reached the client so far.'),
    closed: z.boolean().describe('Whether the filter has closed the connection.'),
    ...expectedTraces,
  })
  .partial()
  .describe('What must be so. What is not named may be anything.');

/** What happens on one TCP connection, step by step; in a step the client is first, and what is expected last. */
export const tcpSteps = z
  .array(
    z
      .strictObject({
        after,
        client: text.describe('What the client sends.'),
        upstream: text.describe('What the upstream sends.'),
        close: z.literal('client', 'write `client`').describe('The client closes the connection.'),
        expect: expectation,
      })
      .partial(),
  )
  .min(1, 'write at least one step')
  .max(1000, 'at most 1000')
  .describe('A TCP connection through a network filter, step by step, instead of a request.');

/** A step of a TCP connection. */
export type TcpStep = z.output<typeof tcpSteps>[number];
/** What must be so after it. */
export type TcpExpectation = NonNullable<TcpStep['expect']>;
