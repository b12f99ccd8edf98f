import { afterEach, describe, expect, it } from 'vitest';
import { type Answer, json, serveApi, type TestApiServer } from '../testing/api-server.ts';
import type { defaultLimits, KubeClient } from './client.ts';
import { kinds } from './kinds.ts';

const open: TestApiServer[] = [];
afterEach(async () => {
  await Promise.all(open.splice(0).map((server) => server[Symbol.asyncDispose]()));
});

/** A client of an API server that answers as told, and the paths that it was asked for. */
async function serve(answer: Answer, limits: Partial<typeof defaultLimits> = {}): Promise<TestApiServer> {
  const made = await serveApi(answer, limits);
  open.push(made);
  return made;
}

const signal = (): AbortSignal => AbortSignal.timeout(10_000);

describe('the client of the API server', () => {
  it('says who it is, and reads every page of a list', async () => {
    let agent: string | undefined;
    const { client, asked } = await serve((request, response) => {
      agent = request.headers['user-agent'];
      const more = !request.url?.includes('continue=next');
      json(response, 200, {
        items: [{ metadata: { name: more ? 'a' : 'b' } }],
        metadata: more ? { continue: 'next' } : {},
      });
    });
    const { items } = await client.list(kinds.Pod, { namespace: 'foo', labelSelector: 'a=b' }, signal());
    expect(items.map((item) => item.metadata.name)).toEqual(['a', 'b']);
    expect(asked).toEqual([
      'GET /api/v1/namespaces/foo/pods?limit=500&labelSelector=a%3Db',
      'GET /api/v1/namespaces/foo/pods?limit=500&labelSelector=a%3Db&continue=next',
    ]);
    expect(agent).toBe('wasmcast/test');
  });

  it('begins a list again when its token has expired, and gives up on one without end', async () => {
    let expired = 0;
    const { client } = await serve((request, response) => {
      if (request.url?.includes('continue=') && expired++ === 0)
        json(response, 410, { message: 'expired', reason: 'Expired' });
      else
        json(response, 200, {
          items: [{ metadata: { name: 'a' } }],
          metadata: expired > 0 ? {} : { continue: 'x' },
        });
    });
    expect((await client.list(kinds.Pod, {}, signal())).items.length).toBe(1);
    const endless = await serve(
      (_, response) => json(response, 200, { items: [], metadata: { continue: 'x' } }),
      { pages: 3 },
    );
    await expect(endless.client.list(kinds.Pod, {}, signal())).rejects.toMatchObject({ code: 'WC-KUBE-012' });
    expect(endless.asked.length).toBe(3);
  });

  it('says so when what a server sends for a list is not one', async () => {
    const { client } = await serve((_, response) => response.end('k8s\0\x12\x7fno pods'));
    const listed = client.list(kinds.Pod, {}, signal());
    await expect(listed).rejects.toMatchObject({ code: 'WC-KUBE-001' });
    await expect(listed).rejects.toThrow('its answer cannot be read');
  });

  it('waits as long as it is told when it asked too often', async () => {
    let tries = 0;
    const { client } = await serve((_, response) => {
      if (tries++ < 2) json(response, 429, { message: 'slow down' }, { 'retry-after': '0' });
      else json(response, 201, { metadata: { name: 'x' } });
    });
    await client.create(kinds.ConfigMap, 'foo', { metadata: { name: 'x' } }, signal());
    expect(tries).toBe(3);
  });

  it.each([
    [401, 'WC-KUBE-002', 'notPermitted'],
    [403, 'WC-KUBE-003', 'notPermitted'],
    [409, 'WC-KUBE-005', 'failed'],
    [422, 'WC-KUBE-006', 'failed'],
    [500, 'WC-KUBE-008', 'unreachable'],
  ])("tells what a %i means, in the server's words", async (status, code, exit) => {
    const { client } = await serve((_, response) =>
      json(response, status, { message: 'the webhook said so', reason: 'R' }),
    );
    await expect(client.patch(kinds.Deployment, 'foo', 'front', [], signal())).rejects.toMatchObject({
      code,
      exit,
      status,
      message: expect.stringMatching(
        /patch deployments\/front in namespace foo.*the webhook said so/,
      ) as string,
    });
  });

  it('asks again when the server stumbled: a read some times, a write that bears it once more, any other never', async () => {
    const { client, asked } = await serve((_, response) => json(response, 500, {}, { 'retry-after': '0' }));
    const write = (value: string) =>
      client.patch(
        kinds.Deployment,
        'foo',
        'x',
        [{ op: value === 'u' ? 'test' : 'add', path: '/metadata/uid', value }],
        signal(),
      );
    const tries = async (call: Promise<unknown>): Promise<number> => {
      const before = asked.length;
      await expect(call).rejects.toMatchObject({ code: 'WC-KUBE-008' });
      return asked.length - before;
    };
    expect(await tries(client.get(kinds.Pod, 'foo', 'x', signal()))).toBe(4);
    expect(await tries(write('u'))).toBe(2);
    expect(await tries(write('v'))).toBe(1);
  });

  it('names the right that is missing', async () => {
    const { client } = await serve((_, response) => json(response, 403, { message: 'no' }));
    await expect(client.list(kinds.Pod, { namespace: 'foo' }, signal())).rejects.toMatchObject({
      help: 'ask for the right `list` on `pods` in namespace `foo`',
    });
  });

  it('survives a server that is not there, says nonsense, never ends or never answers', async () => {
    const gone = await serve((_, response) => response.end());
    await open.pop()?.[Symbol.asyncDispose]();
    await expect(gone.client.get(kinds.Pod, 'foo', 'x', signal())).rejects.toMatchObject({
      code: 'WC-KUBE-001',
      exit: 'unreachable',
    });
    const odd = await serve((_, response) => response.end('<html>'));
    await expect(odd.client.get(kinds.Pod, 'foo', 'x', signal())).rejects.toMatchObject({
      code: 'WC-KUBE-001',
    });
    const endless = await serve((_, response) => response.write('x'.repeat(2000)), { answerBytes: 1000 });
    await expect(endless.client.get(kinds.Pod, 'foo', 'x', signal())).rejects.toThrow(
      'larger than 1000 bytes',
    );
    const silent = await serve(() => undefined, { requestMs: 50 });
    await expect(silent.client.get(kinds.Pod, 'foo', 'x', signal())).rejects.toThrow('no answer in 0.05 s');
  });

  it('ends with the reason of its signal, and never tells its credentials', async () => {
    const { client } = await serve(() => undefined);
    const controller = new AbortController();
    const waiting = client.get(kinds.Pod, 'foo', 'x', controller.signal);
    controller.abort(new Error('enough'));
    await expect(waiting).rejects.toThrow('enough');
    const refused = await serve((_, response) => json(response, 403, { message: 'no' }));
    const error: unknown = await refused.client.get(kinds.Pod, 'foo', 'x', signal()).catch((e: unknown) => e);
    expect(JSON.stringify(error, Object.getOwnPropertyNames(error))).not.toContain('secret-token');
  });

  describe('when a kept connection is closed under it', () => {
    const named = { metadata: { name: 'x' } };
    const test = { op: 'test', path: '/metadata/uid', value: 'u' } as const;
    const add = { op: 'add', path: '/spec', value: {} } as const;

    it.each<[string, (client: KubeClient) => Promise<unknown>]>([
      ['reads', (c) => c.get(kinds.Pod, 'foo', 'x', signal())],
      ['creates what has a name', (c) => c.create(kinds.ConfigMap, 'foo', named, signal())],
      ['patches what it tests', (c) => c.patch(kinds.Deployment, 'foo', 'x', [test, add], signal())],
      ['deletes what it knows', (c) => c.delete(kinds.ConfigMap, 'foo', 'x', { uid: 'u' }, signal())],
    ])('%s again, and no fourth time', async (_, ask) => {
      let lost = 1;
      const { client, asked } = await serve((request, response) => {
        if (lost-- > 0) request.socket.destroy();
        else json(response, 200, named);
      });
      await ask(client);
      expect(asked.length).toBe(2);
      lost = 3;
      await expect(ask(client)).rejects.toMatchObject({ code: 'WC-KUBE-001' });
      expect(asked.length).toBe(5);
    });

    it.each<[string, (client: KubeClient) => Promise<unknown>]>([
      ['patch without a test', (c) => c.patch(kinds.Deployment, 'foo', 'x', [add], signal())],
      ['delete without a precondition', (c) => c.delete(kinds.ConfigMap, 'foo', 'x', {}, signal())],
    ])('sends no %s twice', async (_, ask) => {
      const { client, asked } = await serve((request) => request.socket.destroy());
      await expect(ask(client)).rejects.toMatchObject({ code: 'WC-KUBE-001' });
      expect(asked.length).toBe(1);
    });
  });
});
