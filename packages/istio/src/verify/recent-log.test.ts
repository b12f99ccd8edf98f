import { expect, test } from 'vitest';
import { serveApi } from '../testing/api-server.ts';
import { recentLog } from './recent-log.ts';

const pod = { namespace: 'foo', name: 'p' };
const never = new AbortController().signal;

/** What is read of a log, and how often it is asked for; the API server gives the first bytes of what is asked. */
async function reading(log: string, status = 200): Promise<readonly [text: string, asked: number]> {
  await using api = await serveApi((request, response) => {
    const query = new URL(request.url ?? '', 'http://api').searchParams;
    const lines = Number(query.get('tailLines') ?? Infinity);
    const last = log.split('\n').slice(-lines).join('\n');
    response.writeHead(status).end(last.slice(0, Number(query.get('limitBytes'))));
  });
  return [await recentLog(api.client, pod, 0, never), api.asked.length];
}

test('a short log is read whole, a long one from both ends', async () => {
  expect(await reading('a\nb\n')).toEqual(['a\nb\n', 1]);
  const access = `${'x'.repeat(99)}\n`.repeat(10_000);
  const [text, asked] = await reading(`began\n${access}ended\n`);
  expect([asked, text.startsWith('began\n'), text.endsWith('ended\n')]).toEqual([2, true, true]);
});

test('a log that may not be read says nothing', async () => {
  expect(await reading('{}', 403)).toEqual(['', 1]);
});
