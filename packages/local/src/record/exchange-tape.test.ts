import { expect, test } from 'vitest';
import { ExchangeTape } from './exchange-tape.ts';
import { Recording } from './recording.ts';

const unbounded = { take: () => true, give: () => undefined };
const request = [
  [':method', 'GET'],
  [':path', '/'],
  [':authority', 'x'],
  [':scheme', 'http'],
] as const;

test('what a filter puts in the place of the upstream’s answer is not recorded as the upstream’s', () => {
  const tape = new ExchangeTape(unbounded);
  tape.requestHead(request);
  tape.responseHead([[':status', '200']], 'upstream');
  tape.responseHead([[':status', '403']], 'filter');
  tape.responseBody(Buffer.from('no'), 'filter');
  tape.responseBody(Buffer.from('yes'), 'upstream');
  tape.responseTrailers([['x-t', 'no']], 'filter');
  tape.responseTrailers([['x-t', 'yes']], 'upstream');
  tape.responseTrailers([['x-t', 'no']], 'filter');
  const { answeredBy, exchange } = tape.end() ?? {};
  expect(answeredBy).toBe('upstream');
  expect(exchange?.response).toEqual({
    status: 200,
    headers: [],
    body: Buffer.from('yes'),
    trailers: [['x-t', 'yes']],
  });
});

test('an answer of a filter alone is recorded as its own', () => {
  const tape = new ExchangeTape(unbounded);
  tape.requestHead(request);
  tape.responseHead([[':status', '403']], 'filter');
  tape.responseBody(Buffer.from('no'), 'filter');
  expect(tape.end()).toMatchObject({ answeredBy: 'filter', exchange: { response: { status: 403 } } });
});

test('a copy is kept: filters write into what they are given', () => {
  const tape = new ExchangeTape(unbounded);
  const piece = Buffer.from('as it was');
  tape.requestHead(request);
  tape.requestBody(piece);
  tape.responseHead([[':status', '200']], 'upstream');
  piece.fill(0);
  expect(String(tape.end()?.exchange.request.body)).toBe('as it was');
});

test('what is too large is left out, and its room is free again', () => {
  const told: string[] = [];
  const recording = new Recording({ exchange: () => told.push('whole'), left: () => told.push('left') });
  const facts = { service: 's', startedAt: new Date(0), ms: 1 };
  const piece = Buffer.alloc(1024 * 1024);
  // More in all than may be held at a time.
  for (let i = 0; i < 20; i++) {
    const tape = recording.open();
    tape.requestHead(request);
    tape.responseHead([[':status', '200']], 'upstream');
    for (let j = 0; j < (i % 2 === 0 ? 9 : 8); j++) tape.requestBody(piece);
    recording.close(tape, true, facts);
  }
  expect(told).toEqual(Array.from({ length: 20 }, (_, i) => (i % 2 === 0 ? 'left' : 'whole')));
});
