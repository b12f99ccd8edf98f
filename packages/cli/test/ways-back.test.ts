import { type KubeObject, requireComponent, skipNote } from '@wasmcast/testbed';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ControlPlane, deployment, filters, fleetOf, withVersion } from './support/control-plane.ts';

const missing = await requireComponent('api-server');

/** What a fleet leaves, or keeps to be gone back to, whatever is in the way. */
describe.skipIf(missing !== undefined)(
  `a fleet that goes back or out, in a cluster without a node${skipNote(missing)}`,
  () => {
    let plane: ControlPlane;

    beforeAll(async () => {
      plane = await ControlPlane.start();
    }, 180_000);
    afterAll(() => plane[Symbol.asyncDispose]());

    test('is not planned over nor removed past what lost its label: that is named, until it has it again', async () => {
      await plane.place('strays', deployment('strays', 'one'));
      const user = await plane.person('ann', fleetOf('strays'));
      expect((await user.run('apply')).exit).toBe(0);
      const maps = '/api/v1/namespaces/strays/configmaps';
      const lost = [
        [filters('strays'), 'envoyfilters'],
        [maps, 'configmaps'],
      ] as const;
      const labels: string[] = [];
      for (const [url, resource] of lost) {
        const [name = ''] = (await plane.names(url)).filter((each) => each.startsWith('wasmcast-'));
        await plane.edit(`${url}/${name}`, { metadata: { labels: null, annotations: null } });
        labels.push(`kubectl label ${resource} -n strays ${name} wasmcast.dev/fleet=strays`);
      }
      const apply = await user.json('apply');
      expect([apply.exit, apply.events.filter(({ type }) => type === 'rollout-started')]).toEqual([1, []]);
      const obstacles = apply.events
        .filter(({ code }) => code === 'WC-IST-025')
        .map(({ help }) => String(help));
      expect(obstacles.toSorted()).toEqual(
        labels
          .map((label) => expect.stringContaining(`plan again: ${label} --overwrite`) as string)
          .toReversed(),
      );
      const { exit, events } = await user.json('remove');
      const faults = events.filter(({ type }) => type === 'diagnostic');
      expect([exit, faults.map(({ code }) => code), faults.map(({ help }) => help)]).toEqual([
        1,
        ['WC-IST-025', 'WC-IST-025'],
        labels.map((label) => `${label}, or delete it`),
      ]);
      for (const [url] of lost)
        for (const name of await plane.names(url))
          if (name.startsWith('wasmcast-'))
            await plane.edit(`${url}/${name}`, { metadata: { labels: { 'wasmcast.dev/fleet': 'strays' } } });
      expect((await user.run('remove')).exit).toBe(0);
      expect((await plane.names(filters('strays'))).length).toBe(0);
      expect((await plane.names(maps)).filter((name) => name.startsWith('wasmcast-'))).toEqual([]);
    });

    test(
      'goes back while the webhook of Istio is down, as far as the API server allows',
      { timeout: 120_000 },
      async () => {
        await plane.place('webhook', deployment('webhook', 'one'), deployment('webhook', 'two'));
        const user = await plane.person('ann', fleetOf('webhook'));
        const applied = async (config: string, version: number): Promise<void> => {
          await user.session.write({
            'wasmcast.yaml': fleetOf('webhook', { config }),
            'trail.wasm': withVersion(plane.module, version),
          });
          expect((await user.json('apply')).events.at(-1)).toMatchObject({ outcome: 'live' });
        };
        await applied('one', 1);
        await applied('one', 2);
        const webhooks: KubeObject & { readonly webhooks: readonly object[] } = {
          apiVersion: 'admissionregistration.k8s.io/v1',
          kind: 'ValidatingWebhookConfiguration',
          metadata: { name: 'istio-validator' },
          webhooks: [
            {
              name: 'rev.validation.istio.io',
              // Nobody listens there, as on a service without a pod.
              clientConfig: { url: 'https://127.0.0.1:1/validate' },
              rules: [
                {
                  operations: ['CREATE', 'UPDATE'],
                  apiGroups: ['networking.istio.io'],
                  apiVersions: ['*'],
                  resources: ['*'],
                },
              ],
              failurePolicy: 'Fail',
              sideEffects: 'None',
              admissionReviewVersions: ['v1'],
              timeoutSeconds: 1,
            },
          ],
        };
        await plane.client.apply(webhooks);
        await expect.poll(isRefused, { timeout: 10_000 }).toBe(true);

        // The filter for the module before still stands: only the template of the pods has to be written.
        expect((await user.json('rollback')).events.at(-1)).toMatchObject({ outcome: 'live', exitCode: 0 });
        await plane.client.delete(webhooks);
        await expect.poll(isRefused, { timeout: 10_000 }).toBe(false);
        await applied('two', 1);
        await plane.client.apply(webhooks);
        await expect.poll(isRefused, { timeout: 10_000 }).toBe(true);

        // Another configuration has to be written to the filter itself.
        const stuck = await user.json('rollback');
        expect([stuck.exit, stuck.events.find(({ type }) => type === 'error')]).toEqual([
          69,
          expect.objectContaining({
            code: 'WC-KUBE-009',
            message: expect.stringContaining(
              'the webhook rev.validation.istio.io, which does not answer',
            ) as string,
            help: expect.stringMatching(/istiod.*`wasmcast resume`/) as string,
          }),
        ]);
        expect((await user.run('status')).stdout).toMatch(
          /the rollout \(rollback to 3\) of ann@here .*was left in the middle/,
        );
        await plane.client.delete(webhooks);
        await expect.poll(isRefused, { timeout: 10_000 }).toBe(false);
        expect((await user.json('resume')).events.at(-1)).toMatchObject({ outcome: 'live', exitCode: 0 });
        expect((await user.run('status')).stdout).not.toContain('the rollout');

        /** True while no EnvoyFilter can be written. */
        async function isRefused(): Promise<boolean> {
          const trial = {
            metadata: { name: 'trial' },
            apiVersion: 'networking.istio.io/v1alpha3',
            kind: 'EnvoyFilter',
          };
          return await plane.client.request('POST', `${filters('webhook')}?dryRun=All`, trial).then(
            () => false,
            () => true,
          );
        }
      },
    );

    test(
      'keeps ten revisions and their modules, and what it no longer names goes',
      { timeout: 120_000 },
      async () => {
        await plane.place('kept', deployment('kept', 'one'), deployment('kept', 'two'));
        const user = await plane.person('ann', fleetOf('kept'));
        const modules = async (): Promise<number> =>
          (await plane.names('/api/v1/namespaces/kept/configmaps')).filter((name) =>
            name.startsWith('wasmcast-'),
          ).length;
        for (let i = 0; i < 12; i++) {
          await user.session.write({ 'trail.wasm': withVersion(plane.module, i) });
          expect((await user.json('apply')).events.at(-1)).toMatchObject({ outcome: 'live' });
        }
        expect((await user.run('history')).stdout.match(/^\d+/gm)).toEqual(
          Array.from({ length: 10 }, (_, i) => String(i + 3)),
        );
        // What a revision needs to be gone back to stays with it: its modules, and the filters for the pods that mount them.
        expect([await modules(), (await plane.names(filters('kept'))).length]).toEqual([10, 20]);
        expect((await user.json('rollback 3')).events.at(-1)).toMatchObject({ outcome: 'live' });
        // A binding that is not there any more takes its filter along.
        await user.session.write({ 'wasmcast.yaml': fleetOf('kept', { select: 'name: one' }) });
        const two = async (): Promise<string> =>
          JSON.stringify(await plane.client.request('GET', '/apis/apps/v1/namespaces/kept/deployments/two'));
        expect(await two()).toContain('mounts.wasmcast.dev/kept');
        expect((await user.run('apply')).exit).toBe(0);
        expect(await two()).not.toMatch(/mounts\.wasmcast|userVolume/);
        expect((await user.run('remove')).exit).toBe(0);
        expect([await modules(), await plane.names(filters('kept'))]).toEqual([0, []]);
      },
    );
  },
);
