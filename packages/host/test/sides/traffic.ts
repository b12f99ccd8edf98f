import type { TestRequest, TestResponse } from '../../src/testing/index.ts';

/** The request of every cell. */
export const request: TestRequest = {
  method: 'POST',
  path: '/p?a=1',
  headers: { 'x-in': 'in', 'x-twice': ['one', 'two'] },
  body: 'request',
  trailers: { 'x-t': 'trailer' },
};

/** The upstream's answer to it, and to HTTP callouts. */
export const response: TestResponse = {
  headers: { 'x-up': 'up', 'x-twice': ['three', 'four'] },
  body: 'response',
  trailers: { 'x-u': 'trailer' },
};

/** The answer to gRPC callouts. */
export const grpcAnswer = {
  headers: { 'x-up': 'up' },
  message: 'message',
  trailers: { 'x-u': 'trailer' },
} as const;

/** What the client of a TCP connection says first, and what it is answered. */
export const greeting = 'greeting';
export const reply = 'reply';
