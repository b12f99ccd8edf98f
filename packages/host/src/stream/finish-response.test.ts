import { expect, test } from 'vitest';
import { HeaderMap } from '../headers/header-map.ts';
import { finishResponse } from './finish-response.ts';

const now = 1_704_067_200_000_000_000n;

test('a response gets a date, the name of the server, and what becomes of the connection', () => {
  const headers = new HeaderMap('response', [
    ':status',
    '200',
    'connection',
    'keep-alive',
    'transfer-encoding',
    'chunked',
    'x-up',
    'up',
  ]);
  finishResponse(headers, { now, closes: true });
  expect([...headers]).toEqual([
    [':status', '200'],
    ['x-up', 'up'],
    ['date', 'Mon, 01 Jan 2024 00:00:00 GMT'],
    ['server', 'envoy'],
    ['connection', 'close'],
  ]);
});

test("the upstream's date stays; its name does not", () => {
  const flat = [':status', '200', 'server', 'other', 'date', 'Tue, 02 Jan 2024 00:00:00 GMT', 'x-up', 'up'];
  const headers = new HeaderMap('response', flat);
  finishResponse(headers, { now, closes: false });
  expect([...headers]).toEqual([
    [':status', '200'],
    ['server', 'envoy'],
    ['date', 'Tue, 02 Jan 2024 00:00:00 GMT'],
    ['x-up', 'up'],
  ]);
});
