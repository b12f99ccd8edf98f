import { expect, it } from 'vitest';
import { json, serveApi } from '../testing/api-server.ts';
import { TrapCounter } from './trap-counter.ts';

const signal = (): AbortSignal => AbortSignal.timeout(10_000);
const line = (
  time: string,
  what = 'Function: proxy_on_request_headers failed: Uncaught RuntimeError: unreachable',
) => `2026-01-02T03:04:${time}Z ${what}\n`;

it('each death of a VM is counted once, whatever part of the log is read again', async () => {
  const logs = [
    line('05.1', 'info starting') + line('06.1') + line('06.2', 'Plugin configured'),
    // The same second again, and a line that was cut off.
    line('06.1') +
      line('06.2', 'Plugin configured') +
      line('06.3') +
      line('06.4') +
      line('06.5').slice(0, -20),
    '',
    line('06.4') + line('06.5'),
  ];
  await using api = await serveApi((_request, response) => {
    const log = logs.shift();
    if (log === undefined) json(response, 403, { message: 'forbidden' });
    else response.end(log);
  });
  const counter = new TrapCounter({ namespace: 'foo', name: 'x' }, Date.parse('2026-01-02T03:04:00Z'));
  const counts: (number | undefined)[] = [];
  for (let reading = 0; reading < 5; reading++)
    // oxlint-disable-next-line no-await-in-loop
    counts.push(await counter.read(api.client, signal()));
  expect(counts).toEqual([1, 3, 3, 4, undefined]);
  const since = api.asked.map((path) => /sinceTime=[^&]*A(\d\d)Z/.exec(path)?.[1]);
  expect(since).toEqual(['00', '06', '06', '06', '06']);
});
