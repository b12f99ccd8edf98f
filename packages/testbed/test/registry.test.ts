import { request } from 'node:https';
import { describe, expect, test } from 'vitest';
import { httpGet, requireComponent, skipNote, startRegistry } from '../src/index.ts';

const missing = await requireComponent('registry');

describe.skipIf(missing !== undefined)(`a real registry${skipNote(missing)}`, () => {
  test('two of them run side by side', async () => {
    await using first = await startRegistry();
    await using second = await startRegistry();
    expect(first.host).not.toBe(second.host);
    for (const registry of [first, second]) {
      const [host = '', port] = registry.host.split(':');
      const answer = await httpGet(host, Number(port), '/v2/_catalog');
      expect(JSON.parse(answer.body)).toEqual({ repositories: [] });
    }
  });

  test('asks for the password that it was given', async () => {
    await using registry = await startRegistry({ htpasswd: { user: 'ann', password: 'se cret$' } });
    const port = Number(registry.host.split(':')[1]);
    const ask = async (password: string): Promise<number> => {
      const authorization = `Basic ${Buffer.from(`ann:${password}`).toString('base64')}`;
      return (await httpGet('127.0.0.1', port, '/v2/', { headers: { authorization } })).status;
    };
    expect((await httpGet('127.0.0.1', port, '/v2/')).status).toBe(401);
    expect(await ask('wrong')).toBe(401);
    expect(await ask('se cret$')).toBe(200);
  });

  test('serves TLS by an authority of its own', async () => {
    await using registry = await startRegistry({ tls: true });
    const status = await new Promise((resolve, reject) => {
      const asked = request(`${registry.url}/v2/`, { ca: registry.ca, agent: false }, (answer) => {
        answer.resume();
        resolve(answer.statusCode);
      });
      asked.on('error', reject);
      asked.end();
    });
    expect(status).toBe(200);
  });
});
