import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { requireComponent, skipNote } from '@wasmcast/testbed';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { runChild } from './support/child.ts';
import { ControlPlane, type Person, deployment, filters, fleetOf } from './support/control-plane.ts';

const missing = await requireComponent('api-server');

/** What people meet in a cluster before any pod is there: who rolls out, what moved, what is meant, what others did. */
describe.skipIf(missing !== undefined)(`a fleet in a cluster without a node${skipNote(missing)}`, () => {
  let plane: ControlPlane;

  beforeAll(async () => {
    plane = await ControlPlane.start();
  }, 180_000);
  afterAll(() => plane[Symbol.asyncDispose]());

  test(
    'is taken over on another machine, from what the cluster says alone',
    { timeout: 120_000 },
    async () => {
      await plane.place('takeover', deployment('takeover', 'one', 1), deployment('takeover', 'two', 1));
      const ann = await plane.person('ann', fleetOf('takeover'));
      const bob = await plane.person('bob', fleetOf('takeover'));
      const leases = '/apis/coordination.k8s.io/v1/namespaces/istio-system/leases/wasmcast-takeover';
      const scale = async (replicas: number): Promise<void> => {
        for (const name of ['one', 'two'])
          await plane.edit(`/apis/apps/v1/namespaces/takeover/deployments/${name}`, { spec: { replicas } });
      };
      /** Ann's machine goes away in her first wave, whose pod never starts; nobody here can tell. */
      const dies = async (): Promise<string> => {
        const { exit } = await runChild(ann.session, 'apply', (event, send) => {
          if (event.type === 'instance') send('SIGKILL');
        });
        expect(exit).toBeNull();
        const elsewhere = `${crypto.randomUUID()} pid:[4026531836] 7 7`;
        const lease = (await plane.edit(leases, {
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
      await ann.session.write({ 'wasmcast.yaml': fleetOf('takeover', { config: 'two' }) });
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
    await plane.place('wider', deployment('wider', 'one'));
    const user = await plane.person('ann', fleetOf('wider'));
    await user.session.write({ 'plan.json': (await user.run('plan -o json')).stdout });
    await plane.client.apply(deployment('wider', 'late'));
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
    expect(await plane.names(filters('wider'))).toEqual([]);
  });

  test('is not rolled out by a saved plan whose module lost its label since', async () => {
    await plane.place('unnamed', deployment('unnamed', 'one'));
    const user = await plane.person('ann', fleetOf('unnamed'));
    expect((await user.run('apply')).exit).toBe(0);
    await plane.client.apply(deployment('unnamed', 'two'));
    await user.session.write({ 'plan.json': (await user.run('plan -o json')).stdout });
    const maps = '/api/v1/namespaces/unnamed/configmaps';
    const [module = ''] = (await plane.names(maps)).filter((name) => name.startsWith('wasmcast-'));
    await plane.edit(`${maps}/${module}`, { metadata: { labels: null } });
    const { exit, events } = await user.json('apply plan.json');
    const faults = events.filter(({ type, severity }) => type === 'rollout-started' || severity === 'error');
    expect([exit, faults]).toEqual([
      1,
      [expect.objectContaining({ code: 'WC-IST-025', subject: `ConfigMap unnamed/${module}` })],
    ]);
  });

  test('goes onto a whole namespace, or the root namespace, only when that is said', async () => {
    await plane.place('whole', deployment('whole', 'one'), deployment('whole', 'two'));
    await plane.place('istio-system', deployment('istio-system', 'gate'));
    const user = await plane.person('ann', fleetOf('whole', { select: 'labels: {}' }));
    const planned = async (namespace: string, select: string): Promise<readonly unknown[]> => {
      await user.session.write({ 'wasmcast.yaml': fleetOf('whole', { namespace, select }) });
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
    await plane.client.apply(deployment('whole', 'gate'));
    expect(await planned('istio-system', 'name: gate, rootNamespace: true')).toEqual([65, 'WC-IST-008']);
  });

  test.each([
    ['warn', 5, ['apply leaves it .drift: warn']],
    ['ignore', 0, []],
    ['correct', 5, ['apply makes it as it was']],
  ])('tells and leaves what others changed as `drift: %s` says', async (policy, exit, told) => {
    const fleet = `drift-${policy}`;
    await plane.place(fleet, deployment(fleet, 'one'), deployment(fleet, 'two'));
    const user = await plane.person('ann', fleetOf(fleet, { more: `drift: ${policy}\n` }));
    expect((await user.run('apply')).exit).toBe(0);
    const [edited = ''] = await plane.names(filters(fleet));
    const url = `${filters(fleet)}/${edited}`;
    await plane.edit(url, { spec: { priority: 7 } });
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
    const now = (await plane.client.request('GET', url)) as { readonly spec: { readonly priority?: number } };
    expect(now.spec.priority === 7).toBe(policy !== 'correct');
    // What the manifest asks anew is done, drift or not.
    await user.session.write({
      'wasmcast.yaml': fleetOf(fleet, { config: 'two', more: `drift: ${policy}\n` }),
    });
    expect((await user.json('apply')).events.at(-1)).toMatchObject({ exitCode: 0, writes: 2 });
    expect((await user.run('status')).exit).toBe(0);
  });
});
