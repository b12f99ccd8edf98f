import { request } from 'node:http';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { requireComponent, skipNote } from '@wasmcast/testbed';
import { buildExample, startChain, type Chain, type Link } from './testing/filter-in-envoy.ts';

const missing = await requireComponent('envoy');
const names = ['add-header', 'api-key', 'mask-body'];
const greeting: Link = { filter: 'add-header', config: { header: 'x-greeting', value: 'hello' } };
const keys: Link = { filter: 'api-key', config: { keys: { 'k-7f3a': 'alice', 'k-91bc': 'bob' } } };
const masks: Link = { filter: 'mask-body', config: { words: ['secret', 'schlüssel'] }, rootId: 'my_root_id' };

interface Answer {
  readonly status: number | undefined;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: string;
}

/** GET / on a connection of its own. */
function get({ port }: Chain, headers: Record<string, string> = {}): Promise<Answer> {
  return new Promise((answer, fail) => {
    request({ port, headers, agent: false }, (response) => {
      const parts: Buffer[] = [];
      response.on('data', (part: Buffer) => parts.push(part));
      response.on('error', fail);
      response.on('end', () => {
        const body = Buffer.concat(parts).toString();
        answer({ status: response.statusCode, headers: response.headers, body });
      });
    })
      .on('error', fail)
      .end();
  });
}

describe.skipIf(missing !== undefined)(`the example filters in a real Envoy${skipNote(missing)}`, () => {
  const modules = new Map<string, Uint8Array>();
  beforeAll(async () => {
    for (const name of names) modules.set(name, await buildExample(name));
  }, 120_000);

  test.each([
    ['add-header', 7800],
    ['api-key', 9932],
    ['mask-body', 10464],
  ])('%s is not larger than its %i bytes by more than 5 %%', (name, size) => {
    expect(modules.get(name)?.length).toBeLessThanOrEqual(size * 1.05);
  });

  describe('in one chain: add-header, api-key, mask-body', () => {
    let chain: Chain;
    let body: string[] = [];
    beforeAll(async () => {
      chain = await startChain([greeting, keys, masks], modules, (asked, response) => {
        const length = Buffer.byteLength(body.join(''));
        response.writeHead(200, {
          'content-type': 'text/plain; charset=utf-8',
          'content-length': length,
          'x-seen': `${String(asked.headers['x-consumer'])} ${String(asked.headers['x-api-key'])}`,
        });
        for (const part of body) response.write(part);
        response.end();
      });
    });
    afterAll(() => chain[Symbol.asyncDispose]());

    test('the response passes them from the last to the first', async () => {
      body = ['plain'];
      const { status, headers } = await get(chain, { 'x-api-key': 'k-91bc' });
      expect(status).toBe(200);
      expect(headers).toMatchObject({ 'x-greeting': 'hello', 'x-chain': 'mask-body, api-key, add-header' });
    });

    test('the upstream learns the consumer, not the key, and not what the client claims', async () => {
      const { headers } = await get(chain, { 'x-api-key': 'k-7f3a', 'x-consumer': 'root' });
      expect(headers['x-seen']).toBe('alice undefined');
    });

    test.each([
      [{}, '{"error":"the header x-api-key is missing"}'],
      [{ 'x-api-key': 'k-7f3' }, '{"error":"unknown key"}'],
      [{ 'x-api-key': '' }, '{"error":"unknown key"}'],
    ])('a request with %j is answered 401, and the answer passes the filters before', async (sent, text) => {
      const answer = await get(chain, sent);
      expect(answer).toMatchObject({ status: 401, body: text });
      expect(answer.headers).toMatchObject({
        'content-type': 'application/json',
        'x-chain': 'api-key, add-header',
        'x-greeting': 'hello',
      });
    });

    test('words and card numbers are masked, also across pieces, and the length is right', async () => {
      body = ['a sec', 'ret: 4111 1111 1111 1111, not 4111 1111 1111 1112, ', 'Schlüssel, schl', 'üssel'];
      const answer = await get(chain, { 'x-api-key': 'k-7f3a' });
      expect(answer.body).toBe('a ***: ***, not 4111 1111 1111 1112, Schlüssel, ***');
      expect(answer.headers['content-length']).toBeUndefined();
    });

    test('a body without anything to mask passes as it is', async () => {
      body = ['nothing 1234 to see'];
      expect((await get(chain, { 'x-api-key': 'k-7f3a' })).body).toBe(body.join(''));
    });

    test('nothing of it is a trap', async () => {
      expect(chain.envoy.logs()).not.toMatch(/critical|Uncaught|wasm vm failed/i);
      await chain[Symbol.asyncDispose]();
      expect(chain.envoy.logs()).not.toMatch(/Uncaught|Function: \w+ failed/);
    });
  });

  test('two instances of one module in one VM keep their own configuration', async () => {
    const other: Link = { ...greeting, config: { header: 'x-other', value: 'wörld' }, rootId: 'my_root_id' };
    await using chain = await startChain(
      [greeting, other],
      modules,
      (_, response) => void response.end('ok'),
    );
    const { headers } = await get(chain);
    expect(headers['x-greeting']).toBe('hello');
    expect(Buffer.from(String(headers['x-other']), 'latin1').toString()).toBe('wörld');
    expect(headers['x-chain']).toBe('add-header, add-header');
  });

  test.each([
    ['add-header', '{"value": "hello"}', 'the configuration must name a "header"'],
    [
      'add-header',
      '{"header": "x-a",',
      'the configuration is not JSON: expected a key in double quotes at line 1, column 18',
    ],
    ['api-key', '{"keys": {}}', 'the configuration must name at least one of "keys"'],
    ['api-key', '{"keys": {"k": 1}}', 'each key must have the name of its consumer'],
    ['mask-body', '{"words": [""]}', '"words" must be a list of texts that are not empty'],
    ['mask-body', '{"cards": false}', 'without "words" and "cards" there is nothing to mask'],
  ])('%s refuses %s', async (filter, config, why) => {
    const start = startChain([{ filter, config }], modules, (_, response) => void response.end());
    const error = await start.then(
      () => undefined,
      (reason: unknown) => reason as { help?: string; message: string },
    );
    expect(`${error?.message} ${error?.help}`).toContain(why);
  });
});
