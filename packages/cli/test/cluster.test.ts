import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  type KubeClient,
  type KubeObject,
  namespaceObject,
  requireComponent,
  type RunningApiServer,
  skipNote,
  startApiServer,
} from '@wasmcast/testbed';
import { runChild } from './support/child.ts';
import { Session } from './support/session.ts';
import { trailModule } from './support/shop.ts';

const missing = await requireComponent('api-server');

/** Runs commands against the cluster. */
interface Person {
  readonly session: Session;
  run(line: string): ReturnType<Session['run']>;
  json(line: string): ReturnType<Session['json']>;
}

/** What users meet in a cluster before any pod is there: who rolls out, what moved, what others did, what stays behind. */
describe.skipIf(missing !== undefined)(`a fleet in a cluster without a node${skipNote(missing)}`, () => {
  const stack = new AsyncDisposableStack();
  let server: RunningApiServer;
  let client: KubeClient;
  let module: Uint8Array;

  beforeAll(async () => {
    server = stack.use(await startApiServer());
    client = stack.use(server.client());
    module = await trailModule();
  }, 180_000);
  afterAll(() => stack.disposeAsync());

  /** Somebody with a folder and a state of their own. */
  const person = async (user: string, manifest: string): Promise<Person> => {
    const files = { 'wasmcast.yaml': manifest, 'trail.wasm': module };
    const session = stack.use(await Session.open(files, { KUBECONFIG: server.kubeconfig, USER: user }));
    const flags = ` --kubeconfig ${server.kubeconfig}`;
    return {
      session,
      run: (line) => session.run(`${line}${flags}`, { user: `${user}@here` }),
      json: (line) => session.json(`${line}${flags}`, { user: `${user}@here` }),
    };
  };

  const deployment = (namespace: string, name: string, replicas = 0): KubeObject => ({
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name, namespace },
    spec: {
      replicas,
      selector: { matchLabels: { app: name } },
      template: {
        metadata: { labels: { app: name, tier: 'web' } },
        spec: { containers: [{ name: 'app', image: 'none' }] },
      },
    },
  });

  const place = async (namespace: string, ...workloads: readonly KubeObject[]): Promise<void> => {
    await client.apply(namespaceObject(namespace, { injection: true }));
    for (const workload of workloads) await client.apply(workload);
  };

  const filters = (namespace: string): string =>
    `/apis/networking.istio.io/v1alpha3/namespaces/${namespace}/envoyfilters`;
  const names = async (url: string): Promise<readonly string[]> => {
    const { items } = (await client.request('GET', url)) as { readonly items: readonly KubeObject[] };
    return items.map(({ metadata }) => metadata.name);
  };
  const patch = async (url: string, body: object, manager = 'kubectl-edit'): Promise<unknown> =>
    await client.request('PATCH', `${url}?fieldManager=${manager}`, body, {
      contentType: 'application/merge-patch+json',
    });

  /** A fleet of one filter; `select` is what stands beside the namespace. */
  const manifest = (
    fleet: string,
    namespace: string,
    config = 'one',
    { select = 'labels: {tier: web}', more = '' } = {},
  ): string => `apiVersion: wasmcast.dev/v1alpha1
kind: Fleet
metadata: {name: ${fleet}}
filters:
- {name: trail, module: {file: trail.wasm}, config: ${config}}
targets:
- {name: prod, istio: {}}
bindings:
- {name: all, target: prod, select: {namespace: ${namespace}, ${select}}, chain: [trail]}
rollout: {waves: [1], gates: none, probe: off}
${more}`;

  test(
    'is taken over on another machine, from what the cluster says alone',
    { timeout: 120_000 },
    async () => {
      await place('takeover', deployment('takeover', 'one', 1), deployment('takeover', 'two', 1));
      const ann = await person('ann', manifest('takeover', 'takeover'));
      const bob = await person('bob', manifest('takeover', 'takeover'));
      const leases = '/apis/coordination.k8s.io/v1/namespaces/istio-system/leases/wasmcast-takeover';
      const scale = async (replicas: number): Promise<void> => {
        for (const name of ['one', 'two'])
          await patch(`/apis/apps/v1/namespaces/takeover/deployments/${name}`, { spec: { replicas } });
      };
      /** Ann's machine goes away in her first wave, whose pod never starts; nobody here can tell. */
      const dies = async (): Promise<string> => {
        const { exit } = await runChild(ann.session, 'apply', (event, send) => {
          if (event.type === 'instance') send('SIGKILL');
        });
        expect(exit).toBeNull();
        const elsewhere = `${crypto.randomUUID()} pid:[4026531836] 7 7`;
        const lease = (await patch(leases, {
          metadata: { annotations: { 'wasmcast.dev/process': elsewhere } },
        })) as { readonly metadata: { readonly annotations: Readonly<Record<string, string>> } };
        return lease.metadata.annotations['wasmcast.dev/nonce'] ?? '';
      };

      const nonce = await dies();
      const status = await bob.run('status');
      expect([status.exit, status.stdout]).toEqual([
        5,
        expect.stringMatching(
          new RegExp(
            `the rollout \\(apply\\) of ann@\\S+ since 20\\S+Z is under way in wave 1 of 2\n.*the lock is held by ann@\\S+ since 20\\S+Z, nonce ${nonce}\n`,
          ),
        ),
      ]);
      for (const verb of ['apply', 'remove'])
        expect((await bob.json(verb)).events.find(({ type }) => type === 'error')).toMatchObject({
          code: 'WC-LOCK-001',
          message: expect.stringMatching(/^ann@\S+ has been rolling out fleet takeover since 20/) as string,
          help: expect.stringContaining(`wasmcast unlock ${nonce}`) as string,
        });
      expect((await bob.json('unlock 0123456789abcdef')).events[0]).toMatchObject({ code: 'WC-LOCK-003' });
      expect((await bob.run(`unlock ${nonce}`)).exit).toBe(0);
      await scale(0);
      const { events } = await bob.json('apply');
      expect(events.at(-1)).toMatchObject({ outcome: 'live', exitCode: 0 });
      expect((await ann.run('history')).stdout).toMatch(/\n1 {2}\S+ {2}bob@here {2}apply {2}/);
      // It is the same rollout in both journals, each of which is where its person is.
      const begun = async (of: Person): Promise<unknown> => {
        const file = path.join(of.session.folder, 'state/wasmcast/journal/prod/takeover.jsonl');
        return (JSON.parse((await readFile(file, 'utf8')).split('\n')[0] ?? '') as { rollout: string })
          .rollout;
      };
      expect(await begun(bob)).toBe(await begun(ann));

      await scale(1);
      await ann.session.write({ 'wasmcast.yaml': manifest('takeover', 'takeover', 'two') });
      const second = await dies();
      expect((await bob.run(`unlock ${second}`)).exit).toBe(0);
      await scale(0);
      const aborted = await bob.run('abort');
      expect([aborted.exit, aborted.stdout]).toEqual([3, expect.stringContaining('bob@here aborted it')]);
      // What Ann's second manifest wanted is gone again, though Bob never saw it.
      expect((await bob.run('plan --detailed-exitcode')).exit).toBe(0);
      expect((await bob.run('remove')).exit).toBe(0);
    },
  );

  test('is not rolled out by a saved plan that selects more than it names', async () => {
    await place('wider', deployment('wider', 'one'));
    const user = await person('ann', manifest('wider', 'wider'));
    await user.session.write({ 'plan.json': (await user.run('plan -o json')).stdout });
    await client.apply(deployment('wider', 'late'));
    const { exit, events } = await user.json('apply plan.json');
    expect([exit, events.find(({ type }) => type === 'error')]).toEqual([
      1,
      expect.objectContaining({
        code: 'WC-PLAN-010',
        message: expect.stringContaining(
          'prod/wider/Deployment/late is selected by now and not in the plan',
        ) as string,
      }),
    ]);
    expect(await names(filters('wider'))).toEqual([]);
  });

  test('goes onto a whole namespace, or the root namespace, only when that is said', async () => {
    await place('whole', deployment('whole', 'one'), deployment('whole', 'two'));
    await place('istio-system', deployment('istio-system', 'gate'));
    const user = await person('ann', manifest('whole', 'whole', 'one', { select: 'labels: {}' }));
    const planned = async (namespace: string, select: string): Promise<readonly unknown[]> => {
      await user.session.write({ 'wasmcast.yaml': manifest('whole', namespace, 'one', { select }) });
      const { exit, stdout, stderr } = await user.run('plan');
      return [exit, /error\[(\S+)\]/.exec(stderr)?.[1] ?? /Plan: [^;]*/.exec(stdout)?.[0]];
    };
    expect(await planned('whole', 'labels: {}')).toEqual([65, 'WC-MAN-040']);
    expect(await planned('whole', 'all: true')).toEqual([0, 'Plan: 2 to install']);
    expect(await planned('istio-system', 'name: gate')).toEqual([65, 'WC-IST-014']);
    expect(await planned('istio-system', 'name: gate, rootNamespace: true')).toEqual([
      0,
      'Plan: 1 to install',
    ]);
    // The same labels in any other namespace, and it would get the filter as well.
    await client.apply(deployment('whole', 'gate'));
    expect(await planned('istio-system', 'name: gate, rootNamespace: true')).toEqual([65, 'WC-IST-008']);
  });

  test.each([
    ['warn', 5, ['apply leaves it .drift: warn']],
    ['ignore', 0, []],
    ['correct', 5, ['apply makes it as it was']],
  ])('tells and leaves what others changed as `drift: %s` says', async (policy, exit, told) => {
    const fleet = `drift-${policy}`;
    await place(fleet, deployment(fleet, 'one'), deployment(fleet, 'two'));
    const user = await person('ann', manifest(fleet, fleet, 'one', { more: `drift: ${policy}\n` }));
    expect((await user.run('apply')).exit).toBe(0);
    const [edited = ''] = await names(filters(fleet));
    const url = `${filters(fleet)}/${edited}`;
    await patch(url, { spec: { priority: 7 } });
    const status = await user.run('status');
    expect(status.exit).toBe(exit);
    const lines = status.stdout.split('\n').filter((line) => line.includes('drift'));
    expect(lines).toEqual(
      told.map((outcome) =>
        expect.stringMatching(
          `drift EnvoyFilter ${fleet}/${edited} was edited \\(spec\\) by kubectl-edit at 20\\S+Z: ${outcome}`,
        ),
      ),
    );
    const applied = await user.json('apply');
    expect(applied.events.at(-1)).toMatchObject({ exitCode: 0, writes: policy === 'correct' ? 1 : 0 });
    const now = (await client.request('GET', url)) as { readonly spec: { readonly priority?: number } };
    expect(now.spec.priority === 7).toBe(policy !== 'correct');
    // What the manifest asks anew is done, drift or not.
    await user.session.write({
      'wasmcast.yaml': manifest(fleet, fleet, 'two', { more: `drift: ${policy}\n` }),
    });
    expect((await user.json('apply')).events.at(-1)).toMatchObject({ exitCode: 0, writes: 2 });
    expect((await user.run('status')).exit).toBe(0);
  });

  test('is not removed past what lost its label: that is named, and goes once it has it again', async () => {
    await place('strays', deployment('strays', 'one'));
    const user = await person('ann', manifest('strays', 'strays'));
    expect((await user.run('apply')).exit).toBe(0);
    const maps = '/api/v1/namespaces/strays/configmaps';
    const lost = [
      [filters('strays'), 'envoyfilters'],
      [maps, 'configmaps'],
    ] as const;
    const commands: string[] = [];
    for (const [url, resource] of lost) {
      const [name = ''] = (await names(url)).filter((each) => each.startsWith('wasmcast-'));
      await patch(`${url}/${name}`, { metadata: { labels: null, annotations: null } });
      commands.push(`kubectl label ${resource} -n strays ${name} wasmcast.dev/fleet=strays, or delete it`);
    }
    const { exit, events } = await user.json('remove');
    const faults = events.filter(({ type }) => type === 'diagnostic');
    expect([exit, faults.map(({ code }) => code), faults.map(({ help }) => help)]).toEqual([
      1,
      ['WC-IST-025', 'WC-IST-025'],
      commands,
    ]);
    for (const [url] of lost)
      for (const name of await names(url))
        if (name.startsWith('wasmcast-'))
          await patch(`${url}/${name}`, { metadata: { labels: { 'wasmcast.dev/fleet': 'strays' } } });
    expect((await user.run('remove')).exit).toBe(0);
    expect((await names(filters('strays'))).length).toBe(0);
    expect((await names(maps)).filter((name) => name.startsWith('wasmcast-'))).toEqual([]);
  });

  test(
    'keeps ten revisions and their modules, and what it no longer names goes',
    { timeout: 120_000 },
    async () => {
      await place('kept', deployment('kept', 'one'), deployment('kept', 'two'));
      const user = await person('ann', manifest('kept', 'kept'));
      const modules = async (): Promise<number> =>
        (await names('/api/v1/namespaces/kept/configmaps')).filter((name) => name.startsWith('wasmcast-'))
          .length;
      for (let i = 0; i < 12; i++) {
        // A custom section that nobody reads: the same filter with another digest.
        const section = Buffer.from([0, 3, 1, 'v'.charCodeAt(0), i]);
        await user.session.write({ 'trail.wasm': Buffer.concat([module, section]) });
        expect((await user.json('apply')).events.at(-1)).toMatchObject({ outcome: 'live' });
      }
      expect((await user.run('history')).stdout.match(/^\d+/gm)).toEqual(
        Array.from({ length: 10 }, (_, i) => String(i + 3)),
      );
      // What a revision needs to be gone back to stays with it: its modules, and the filters for the pods that mount them.
      expect([await modules(), (await names(filters('kept'))).length]).toEqual([10, 20]);
      expect((await user.json('rollback 3')).events.at(-1)).toMatchObject({ outcome: 'live' });
      // A binding that is not there any more takes its filter along.
      await user.session.write({ 'wasmcast.yaml': manifest('kept', 'kept', 'one', { select: 'name: one' }) });
      const two = async (): Promise<string> =>
        JSON.stringify(await client.request('GET', '/apis/apps/v1/namespaces/kept/deployments/two'));
      expect(await two()).toContain('mounts.wasmcast.dev/kept');
      expect((await user.run('apply')).exit).toBe(0);
      expect(await two()).not.toMatch(/mounts\.wasmcast|userVolume/);
      expect((await user.run('remove')).exit).toBe(0);
      expect([await modules(), await names(filters('kept'))]).toEqual([0, []]);
    },
  );
});
