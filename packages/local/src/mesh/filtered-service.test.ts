import { beforeAll, describe, expect, it } from 'vitest';
import { compileFilter, trailFilter, type TestModule } from '../testing/filters.ts';
import { startTestMesh, testService } from '../testing/meshes.ts';
import { ask, startUpstream } from '../testing/raw-http.ts';
import { setChain, testChain, testFilter } from '../testing/rollouts.ts';
import type { Echo } from './echo.ts';

let a: TestModule;
let b: TestModule;
beforeAll(async () => {
  [a, b] = await Promise.all([compileFilter(trailFilter('a')), compileFilter(trailFilter('b'))]);
}, 60_000);

const soon = (): AbortSignal => AbortSignal.timeout(10_000);

describe('a service with filters', () => {
  it('runs them in order on the request and in reverse on the response', async () => {
    await using mesh = await startTestMesh();
    await setChain(mesh.target, 'f', 'cart', [testFilter('one', a), testFilter('two', b)], [a, b]);
    const answer = await ask(mesh.port('cart'));
    expect((JSON.parse(answer.body) as Echo).headers['x-trail']).toBe('a:{}, b:{}');
    expect(answer.headers['x-trail']).toBe('b:{}, a:{}');
    expect((await ask(mesh.port('stock'))).headers['x-trail']).toBeUndefined();
  });

  it('tells the length of bodies that filters changed', async () => {
    await using mesh = await startTestMesh();
    const filters = [testFilter('one', a, { config: { body: true } })];
    await setChain(mesh.target, 'f', 'cart', filters, [a]);
    const whole = await ask(mesh.port('cart'), { method: 'POST', body: 'hello' });
    expect(whole.body).toMatch(/^a!\{/);
    const echo = JSON.parse(whole.body.slice(2)) as Echo;
    expect([echo.body, echo.bodyBytes]).toEqual(['a!hello', 7]);
    expect(echo.headers['content-length'] ?? 'chunked').not.toBe('5');
    const told = whole.headers['content-length'];
    expect(told === undefined || Number(told) === Buffer.byteLength(whole.body)).toBe(true);
  });

  it('lets a long body keep its length when no filter looks at bodies', async () => {
    const body = 'x'.repeat(200_000);
    await using upstream = await startUpstream((request, response) => {
      const told = request.headers['content-length'] ?? 'chunked';
      response.writeHead(200, { 'content-length': body.length, 'x-told': told }).end(body);
    });
    const headersOnly = await compileFilter(
      trailFilter('h').replaceAll(/export (?=function proxy_on_\w+_body)/g, ''),
    );
    await using mesh = await startTestMesh([testService('cart', { upstream: upstream.url })]);
    const told = async (module: TestModule): Promise<unknown> => {
      await setChain(mesh.target, 'f', 'cart', [testFilter('one', module)], [module]);
      const answer = await ask(mesh.port('cart'), {
        method: 'POST',
        headers: { 'content-length': String(body.length) },
        body,
      });
      expect([answer.status, answer.body.length]).toEqual([200, body.length]);
      return [answer.headers['x-told'], answer.headers['content-length'] ?? 'chunked'];
    };
    expect(await told(headersOnly)).toEqual(['200000', '200000']);
    expect(await told(a)).toEqual(['chunked', 'chunked']);
  });

  it('lets a filter answer without asking upstream', async () => {
    let asked = 0;
    await using upstream = await startUpstream((_request, response) => {
      asked++;
      response.end('upstream');
    });
    await using mesh = await startTestMesh([testService('cart', { upstream: upstream.url })]);
    await setChain(mesh.target, 'f', 'cart', [testFilter('one', a), testFilter('two', b)], [a, b]);
    const reply = await ask(mesh.port('cart'), { method: 'POST', path: '/local', body: 'x'.repeat(100_000) });
    expect([reply.status, reply.body, asked]).toEqual([418, '', 0]);
    expect((await ask(mesh.port('cart'), { path: '/fine' })).body).toBe('upstream');
    const expecting = await ask(mesh.port('cart'), {
      method: 'PUT',
      path: '/local',
      headers: { expect: '100-continue', 'content-length': '3' },
      body: 'abc',
    });
    expect([expecting.status, expecting.headers.connection]).toEqual([418, 'close']);
  });

  it('answers 503 once a closed filter has trapped, and verify calls it crashed', async () => {
    await using mesh = await startTestMesh();
    const filters = [testFilter('one', a)];
    await setChain(mesh.target, 'f', 'cart', filters, [a]);
    expect((await ask(mesh.port('cart'), { path: '/trap' })).status).toBe(503);
    expect((await ask(mesh.port('cart'))).status).toBe(503);
    const chain = testChain(mesh.target, 'cart', filters);
    const verdicts = [];
    for await (const verdict of mesh.target.verify('f', [chain], soon())) verdicts.push(verdict);
    expect(verdicts.map((v) => v.filters)).toMatchObject([[{ filter: 'one', verdict: 'crashed' }]]);
    await setChain(mesh.target, 'f', 'cart', [testFilter('one', a, { config: { again: 1 } })], [a]);
    expect((await ask(mesh.port('cart'))).status).toBe(200);
  });

  it('goes past an open filter that has trapped', async () => {
    await using mesh = await startTestMesh();
    await setChain(mesh.target, 'f', 'cart', [testFilter('one', a, { onFailure: 'open' })], [a]);
    expect((await ask(mesh.port('cart'), { path: '/trap' })).status).toBe(503);
    const after = await ask(mesh.port('cart'));
    expect([after.status, after.headers['x-trail']]).toEqual([200, undefined]);
  });

  it('runs the filters of several fleets by position, then by the name of the fleet', async () => {
    await using mesh = await startTestMesh();
    const early = (name: string, module: TestModule) =>
      testFilter(name, module, { position: 'first', config: { at: 'first' } });
    await setChain(mesh.target, 'zoo', 'cart', [early('x', a), testFilter('y', a)], [a]);
    await setChain(mesh.target, 'ant', 'cart', [early('x', b), testFilter('y', b)], [b]);
    const { headers } = JSON.parse((await ask(mesh.port('cart'))).body) as Echo;
    expect(headers['x-trail']).toBe('b:{"at":"first"}, a:{"at":"first"}, b:{}, a:{}');
  });

  it('keeps serving the old chain when a plugin refuses, and says each time what the filter said', async () => {
    await using mesh = await startTestMesh();
    await setChain(mesh.target, 'f', 'cart', [testFilter('one', a)], [a]);
    const bad = [testFilter('one', a, { config: { refuse: 'me' } })];
    for (let i = 0; i < 2; i++)
      await expect(setChain(mesh.target, 'f', 'cart', bad, [a])).rejects.toMatchObject({
        code: 'WC-LOC-005',
        message: expect.stringContaining('[error] this configuration is not for me') as string,
      });
    expect((await ask(mesh.port('cart'))).headers['x-trail']).toBe('a:{}');
    const observed = await mesh.target.observe({ fleet: 'f', selectors: [] }, soon());
    expect(observed.workloads[0]?.chains[0]?.filters).toEqual([testFilter('one', a)]);
  });

  it('shows a filter at the end of a request the response as Envoy would have finished it', async () => {
    await using mesh = await startTestMesh();
    await setChain(mesh.target, 'f', 'cart', [testFilter('one', a)], [a]);
    expect((await ask(mesh.port('cart'), { path: '/logged' })).headers['server']).toBeUndefined();
    const told = expect.stringMatching(/^answered by envoy at \w{3}, \d\d \w{3} .* GMT$/) as string;
    await expect.poll(() => mesh.events).toContainEqual(expect.objectContaining({ message: told }));
  });

  it('tells what filters log, and which filter of which service', async () => {
    await using mesh = await startTestMesh();
    await setChain(mesh.target, 'f', 'cart', [testFilter('one', a)], [a]);
    expect(mesh.events).toContainEqual({
      type: 'filter-log',
      service: 'shop/cart',
      filter: 'f/one',
      level: 'info',
      message: 'configured a',
    });
  });
});

describe('swapping a chain under load', () => {
  it('drops no request, and each runs wholly on the chain that it began with', async () => {
    const waiting: (() => void)[] = [];
    await using upstream = await startUpstream((request, response) => {
      waiting.push(() => {
        response.writeHead(200, { 'x-seen': request.headers['x-trail'] ?? '' });
        response.end('ok');
      });
    });
    await using mesh = await startTestMesh([testService('cart', { upstream: upstream.url })]);
    const chainOf = (turn: number) => [
      testFilter('one', a, { config: { turn } }),
      testFilter('two', b, { config: { turn } }),
    ];
    const answers = [];
    for (let turn = 0; turn < 20; turn++) {
      // oxlint-disable-next-line no-await-in-loop
      await setChain(mesh.target, 'f', 'cart', chainOf(turn), [a, b]);
      for (let index = 0; index < 10; index++)
        answers.push(ask(mesh.port('cart'), { method: 'POST', body: 'x' }));
      // All of this turn are on their way to upstream before the next chain comes.
      // oxlint-disable-next-line no-await-in-loop
      await expect.poll(() => waiting.length, { interval: 2, timeout: 10_000 }).toBe((turn + 1) * 10);
    }
    expect(waiting).toHaveLength(200);
    for (const respond of waiting) respond();
    const seen = await Promise.all(answers);
    expect(seen.map((answer) => answer.status)).toEqual(seen.map(() => 200));
    for (const [index, answer] of seen.entries()) {
      const config = `{"turn":${Math.floor(index / 10)}}`;
      expect(answer.headers['x-seen']).toBe(`a:${config}, b:${config}`);
      expect(answer.headers['x-trail']).toBe(`b:${config}, a:${config}`);
    }
  });

  it('never mixes two chains while requests and swaps race', async () => {
    await using mesh = await startTestMesh();
    const stop = new AbortController();
    const seen: string[] = [];
    const load = async (): Promise<void> => {
      while (!stop.signal.aborted) {
        // oxlint-disable-next-line no-await-in-loop
        const answer = await ask(mesh.port('cart'));
        const { headers } = JSON.parse(answer.body) as Echo;
        seen.push(`${answer.status} ${String(headers['x-trail'])} / ${String(answer.headers['x-trail'])}`);
      }
    };
    const chainOf = (turn: number) => [
      testFilter('one', a, { config: { turn } }),
      testFilter('two', b, { config: { turn } }),
    ];
    await setChain(mesh.target, 'f', 'cart', chainOf(0), [a, b]);
    const clients = Array.from({ length: 8 }, load);
    for (let turn = 1; turn <= 20; turn++)
      // oxlint-disable-next-line no-await-in-loop
      await setChain(mesh.target, 'f', 'cart', chainOf(turn), [a, b]);
    stop.abort();
    await Promise.all(clients);
    const allowed = new Set(
      Array.from({ length: 21 }, (_, turn) => {
        const config = `{"turn":${turn}}`;
        return `200 a:${config}, b:${config} / b:${config}, a:${config}`;
      }),
    );
    expect(seen.length).toBeGreaterThan(20);
    expect(seen.filter((line) => !allowed.has(line))).toEqual([]);
  });
});
